import { html, nothing, type TemplateResult } from 'lit';
import { formatBytes, formatCount, formatRate } from '../format';
import type { LiveCounter } from '../model/live-counter';
import type { Table } from '../model/rulesets';
import { sparkline } from '../sparkline';

/**
 * The cells at the end of a row. Nothing was counted: they step back. `flash` as `Flash` gives it, `now` in seconds as
 * the store's clock.
 */
export function counterCells(
  counter: LiveCounter,
  counts: Table['counts'],
  flash: 'odd' | 'even' | null,
  now: number,
): TemplateResult {
  const { packets, bytes } = counter.value;
  const zero = packets === 0 ? 'zero' : '';
  return html`
    <span role="gridcell" class="rate">${rate(counter, counts, now)}</span>
    <span
      role="gridcell"
      class="counter packets ${zero}"
      data-flash=${flash ?? nothing}
      title="${formatCount(packets)} ${counts}"
      >${formatCount(packets)}</span
    >
    <span
      role="gridcell"
      class="counter bytes ${zero}"
      data-flash=${flash ?? nothing}
      title="${formatCount(bytes)} bytes"
      >${formatBytes(bytes)}</span
    >
  `;
}

function rate({ rate }: LiveCounter, counts: Table['counts'], now: number): TemplateResult | typeof nothing {
  if (!rate?.isActive(now)) return nothing;
  const perSecond = rate.now(now);
  return html`<span class="per-second" title="${formatRate(perSecond)} ${counts} a second"
      >${formatRate(perSecond)}/s</span
    >${sparkline(rate.bars(now))}`;
}
