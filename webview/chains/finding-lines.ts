import { html, nothing, type TemplateResult } from 'lit';
import type { Finding } from '../../src/protocol/inspector';
import { icon } from '../icon';

/** What is wrong with a row, and why, a line each with the way to where it comes from: a cell below all others. */
export function findingLines(
  findings: readonly Finding[],
  show: (finding: Finding) => void,
): TemplateResult | typeof nothing {
  if (findings.length === 0) return nothing;
  return html`<span role="gridcell" class="findings"
    >${findings.map((finding) => line(finding, show))}</span
  >`;
}

function line(finding: Finding, show: (finding: Finding) => void): TemplateResult {
  const { cause, certain } = finding;
  return html`<span class="finding ${certain ? 'certain' : 'perhaps'}" data-kind=${finding.kind}>
    ${icon(certain ? 'warning' : 'question')}<span class="visually-hidden"
      >${certain ? 'Problem: ' : 'Perhaps a problem: '}</span
    >
    <span class="says"
      ><span class="message">${finding.message}</span> <span class="reason">${finding.reason}</span>
    </span>
    ${
      cause
        ? html`<button
            type="button"
            role="link"
            class="cause link"
            tabindex="-1"
            title="Show it (with a way back)"
            @click=${(event: Event) => {
              event.stopPropagation();
              show(finding);
            }}
          >
            ${cause.rule === null ? `Show ${cause.chain}` : `Show ${cause.chain}, rule ${cause.rule}`}
          </button>`
        : nothing
    }
  </span>`;
}
