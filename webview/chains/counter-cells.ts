import { html, nothing, type TemplateResult } from 'lit';
import { formatBytes, formatCount } from '../format';
import type { Counter, Table } from '../model/rulesets';

/** The two cells at the end of a row. Nothing was counted: they step back. `flash` as `Flash` gives it. */
export function counterCells(
  counter: Counter,
  counts: Table['counts'],
  flash: 'odd' | 'even' | null,
): TemplateResult {
  const { packets, bytes } = counter;
  const zero = packets === 0 ? 'zero' : '';
  return html`
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
