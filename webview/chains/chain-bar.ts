import { html, nothing, type TemplateResult } from 'lit';
import { countOf } from '../format';
import { icon } from '../icon';
import type { UiState } from '../model/ui-state';

interface Bar {
  /** Where the way back leads; null if no jump was followed. */
  back: string | null;
  findings: number;
  /** What the filter leaves; null without a filter. */
  found: { matching: number; total: number } | null;
  folding: UiState['folding'];
  goBack: () => void;
  nextFinding: () => void;
  foldAll: (folding: UiState['folding']) => void;
  copy: (event: Event) => void;
  showRules: () => void;
}

/** What can be done with all rules, above them. */
export function chainBar(bar: Bar): TemplateResult {
  return html`<div class="bar">
    ${
      bar.back === null
        ? nothing
        : html`<vscode-button
            appearance="icon"
            class="back"
            aria-label="Back to ${bar.back}"
            title="Back to where the jump was followed (Alt+Left)"
            @click=${bar.goBack}
          >
            ${icon('arrow-left')} Back to ${bar.back}
          </vscode-button>`
    }
    <span class="found" role="status"
      >${bar.found === null ? nothing : `${bar.found.matching} of ${countOf(bar.found.total, 'rule')} match`}</span
    >
    <span class="tools">
      ${
        bar.findings === 0
          ? nothing
          : html`<vscode-button
              appearance="icon"
              class="problems"
              aria-label="${countOf(bar.findings, 'problem')}: go to the next one"
              title="Go to the next problem (F8)"
              @click=${bar.nextFinding}
            >
              ${icon('warning')} ${countOf(bar.findings, 'problem')}
            </vscode-button>`
      }
      ${tool('copy', 'Copy the selected row…', bar.copy)}
      ${tool('go-to-file', 'Show all rules as text', bar.showRules)}
      ${tool('collapse-all', 'Fold all chains', () => {
        bar.foldAll('all');
      })}
      ${tool('expand-all', 'Unfold all chains', () => {
        bar.foldAll('none');
      })}
    </span>
  </div>`;
}

function tool(image: string, label: string, run: (event: Event) => void): TemplateResult {
  return html`<vscode-button appearance="icon" aria-label=${label} title=${label} @click=${run}
    >${icon(image)}</vscode-button
  >`;
}
