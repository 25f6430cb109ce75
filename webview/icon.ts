import { html, type TemplateResult } from 'lit';

/** A codicon that repeats what words beside it say. */
export function icon(name: string, more = ''): TemplateResult {
  return html`<span class="codicon codicon-${name} ${more}" aria-hidden="true"></span>`;
}
