import { html, nothing, type TemplateResult } from 'lit';
import { LOADED_ROWS } from '../../src/protocol/limits';
import { coverageWords, FOLLOWED, type Coverage } from './coverage-words';

interface Bar extends Coverage {
  searchAll: () => void;
  stop: () => void;
  loadMore: () => void;
  loadAll: () => void;
}

/** Which entries filter, order and live changes cover where that is not all of them, and how to have the others. */
export function coverage(now: Bar): TemplateResult | typeof nothing {
  if (!now.more && now.loaded <= FOLLOWED) return nothing;
  return html`<div class="coverage">
    <p role="status">${coverageWords(now)}</p>
    ${now.more ? buttons(now) : nothing}
  </div>`;
}

function buttons(now: Bar): TemplateResult | typeof nothing {
  if (now.loading || now.search?.state === 'searching') return button('Stop', now.stop);
  const mayLoad = now.loaded < LOADED_ROWS;
  return html`${
    now.filter === null || now.search?.state === 'whole'
      ? nothing
      : button('Search all entries', now.searchAll)
  }${mayLoad ? [button('Load more', now.loadMore), button('Load all', now.loadAll)] : nothing}`;
}

const button = (label: string, run: () => void): TemplateResult =>
  html`<vscode-button appearance="secondary" class="more" @click=${run}>${label}</vscode-button>`;
