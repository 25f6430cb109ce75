import { html, nothing, type TemplateResult } from 'lit';
import { icon } from './icon';
import type { ConnectionState } from './store';

/** Something is on its way. Without a connection nothing is, and the banner says why. */
export function loading(text: string, connection: ConnectionState['state']): TemplateResult {
  if (connection === 'disconnected' || connection === 'gone') {
    return emptyState('debug-disconnect', 'Nothing was read', null);
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
