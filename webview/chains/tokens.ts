import { html, type TemplateResult } from 'lit';
import type { RuleToken } from '../../src/protocol/inspector';
import { arrange } from './arrange';

/** A rule in its pieces, coloured by kind. A chain's name is a link; the keyboard follows it with Enter on the row. */
export function ruleTokens(tokens: RuleToken[], follow: (chain: string) => void): TemplateResult {
  const { groups, comments } = arrange(tokens);
  return html`
    ${groups.map((group) => html`<span class="group">${group.map((token) => piece(token, follow))}</span> `)}
    ${comments.map((comment) => html`<span class="token comment">/* ${comment} */</span> `)}
  `;
}

function piece(token: RuleToken, follow: (chain: string) => void): TemplateResult {
  if (token.kind !== 'jump') return html`<span class="token ${token.kind}">${token.text}</span> `;
  return html`<button
    type="button"
    role="link"
    class="token jump"
    tabindex="-1"
    title="Go to chain ${token.text} (Enter)"
    @click=${() => {
      follow(token.text);
    }}
  >
    ${token.text}
  </button> `;
}
