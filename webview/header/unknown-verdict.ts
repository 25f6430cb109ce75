import { html, type TemplateResult } from 'lit';
import { icon } from '../icon';
import type { Store } from '../store';

/** Where the verdict will be: that it is being found out, or why it is not known. */
export function unknownVerdict({
  connection,
  failure,
}: Pick<Store, 'connection' | 'failure'>): TemplateResult {
  const { state } = connection.value;
  if (state === 'disconnected')
    return unknown('debug-disconnect', 'Not known what redirects it: not connected');
  if (state === 'gone') return unknown('circle-slash', 'Not known what redirected it');
  if (failure.value) return unknown('error', 'Not known what redirects it: it could not be read');
  return html`<div class="unknown" role="status">
    <vscode-progress-ring aria-hidden="true"></vscode-progress-ring>
    ${state === 'connecting' ? 'Waiting for the node…' : 'Looking at what redirects it…'}
  </div>`;
}

const unknown = (image: string, words: string): TemplateResult =>
  html`<div class="unknown">${icon(image)} ${words}</div>`;
