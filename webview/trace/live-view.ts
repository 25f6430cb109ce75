import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { LiveTrace, TracedPacket } from '../../src/protocol/inspector';
import { countOf } from '../format';
import { icon } from '../icon';
import { isOver } from './packet';

const STATES: Record<LiveTrace['state'], string> = {
  watching: 'Watching',
  stopped: 'Stopped. Watched were',
  time: 'Two minutes are over. Watched were',
  enough: 'There were very many: stopped. Watched were',
};

/** What the kernel said, the latest packet first. */
export function liveView({ state, traced, limits, packets, hooks }: LiveTrace): TemplateResult {
  return html`<section class="live-trace" aria-label="What the kernel does">
    <h2>
      ${state === 'watching' ? html`<span class="dot">${icon('circle-filled')}</span>` : nothing} What the
      kernel does
    </h2>
    <p role="status">
      ${STATES[state]} ${traced}: ${packets.length === 0 ? 'none yet' : countOf(packets.length, 'packet')}.
    </p>
    ${limits.map((limit) => html`<p class="limit">${icon('info')} ${limit}</p>`)}
    ${
      hooks.length === 0
        ? nothing
        : html`<h3>Our programs</h3>
            <ul>
              ${hooks.map((line) => html`<li>${line}</li>`)}
            </ul>`
    }
    ${repeat(
      packets.toReversed(),
      ({ id }) => id,
      (packet, index) => packetView(packet, index === 0),
    )}
  </section>`;
}

function packetView(packet: TracedPacket, open: boolean): TemplateResult {
  const { id, from, to, hops, differences } = packet;
  const name = id.toString(16).padStart(8, '0');
  return html`<details class="packet" ?open=${open}>
    <summary>
      ${icon('chevron-right', 'twistie')} <span class="id">${name}</span> ${from ?? ''}
      ${to === null ? 'has not come out' : to === from ? 'came out as it was' : `came out to ${to}`}
      ${
        differences.length === 0
          ? isOver(packet)
            ? html`<span class="tag met">${icon('check')} as explained</span>`
            : nothing
          : html`<span class="tag differs"
              >${icon('warning')} differs in ${countOf(differences.length, 'place')}</span
            >`
      }
    </summary>
    ${
      differences.length === 0
        ? nothing
        : html`<ul class="differences">
            ${differences.map((line) => html`<li>${line}</li>`)}
          </ul>`
    }
    <ol>
      ${hops.map(
        ({ table, chain, rule, text, verdict }) =>
          html`<li>
            <span class="place">${table} ${chain}${rule === null ? '' : `, rule ${rule}`}</span>
            <span class="text">${text}</span> <span class="verdict">${verdict}</span>
          </li>`,
      )}
    </ol>
  </details>`;
}
