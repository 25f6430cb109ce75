import { html, nothing, type TemplateResult } from 'lit';
import { icon } from './icon';
import type { Store } from './store';

/**
 * Something is on its way. Without a connection nothing is, and the banner says why; nor where reading it has failed. Views
 * that say so follow the store's `connection` and `failure`.
 */
export function loading(
  text: string,
  { connection, failure }: Pick<Store, 'connection' | 'failure'>,
): TemplateResult {
  const { state } = connection.value;
  if (state === 'disconnected' || state === 'gone') {
    return emptyState('debug-disconnect', 'Nothing was read', null);
  }
  if (failure.value) {
    const { message, remedy } = failure.value;
    return emptyState('error', 'Nothing could be read', `${message} ${remedy ?? ''}`.trim());
  }
  return html`<div class="placeholder loading" role="status">
    <vscode-progress-ring aria-hidden="true"></vscode-progress-ring>
    <p>${text}</p>
  </div>`;
}

/** There is nothing, and why. */
export function emptyState(image: string, title: string, text: string | null): TemplateResult {
  return html`<div class="placeholder empty">
    ${icon(image)}
    <p class="title">${title}</p>
    ${text === null ? nothing : html`<p>${text}</p>`}
  </div>`;
}
