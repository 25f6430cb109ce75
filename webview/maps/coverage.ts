import { html, nothing, type TemplateResult } from 'lit';
import { countOf } from '../format';
import type { MapSearch } from '../model/map-content';

interface Coverage {
  /** How many entries are here; there are more on the node. */
  loaded: number;
  /** What they are filtered by; null if they are not. */
  filter: string | null;
  sorted: boolean;
  /** The search for this filter; null if there was none. */
  search: MapSearch | null;
  searchAll: () => void;
  stop: () => void;
  loadMore: () => void;
}

/** Which entries filter and order cover where not all are loaded, and how to have the others. */
export function coverage(now: Coverage): TemplateResult {
  const searching = now.search?.state === 'searching';
  return html`<div class="coverage">
    <p role="status">${words(now)}</p>
    ${
      now.filter === null || now.search?.state === 'whole'
        ? nothing
        : searching
          ? button('Stop', now.stop)
          : button('Search all entries', now.searchAll)
    }
    ${searching ? nothing : button('Load more', now.loadMore)}
  </div>`;
}

function words({ loaded, filter, sorted, search }: Coverage): string {
  const order = sorted ? ' Only entries that are loaded are sorted.' : '';
  if (filter === null) return `${countOf(loaded, 'entry', 'entries')} loaded, and there are more.${order}`;
  const others = countOf(search?.searched ?? 0, 'entry', 'entries');
  switch (search?.state) {
    case 'searching':
      return `Searching all entries: ${others} more so far…`;
    case 'whole':
      return `All entries were searched: ${others} besides those that were loaded.${order}`;
    case 'enough':
      return `So many match that the search ended after ${others} more: say more in the filter.${order}`;
    case undefined:
      return `The filter covers the ${countOf(loaded, 'entry', 'entries')} that are loaded, and there are more.${order}`;
  }
}

const button = (label: string, run: () => void): TemplateResult =>
  html`<vscode-button appearance="secondary" class="more" @click=${run}>${label}</vscode-button>`;
