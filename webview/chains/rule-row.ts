import { html, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { View } from '../element';
import { Flash } from '../flash';
import { tooltip } from '../format';
import type { Chain, Rule, Table } from '../model/rulesets';
import { counterCells } from './counter-cells';
import { ruleTokens } from './tokens';

/** Sent by a rule's row when its jump is followed. */
export class FollowEvent extends Event {
  readonly rule: Rule;
  readonly from: Chain;
  readonly to: string;

  constructor(rule: Rule, from: Chain, to: string) {
    super('mr-follow', { bubbles: true });
    this.rule = rule;
    this.from = from;
    this.to = to;
  }
}

declare global {
  interface HTMLElementEventMap {
    'mr-follow': FollowEvent;
  }
}

/** One rule. When only its counter changes, nothing but this row is rendered. */
@customElement('mr-rule-row')
export class RuleRow extends View {
  @property({ attribute: false }) rule!: Rule;
  @property({ attribute: false }) chain!: Chain;
  @property() counts: Table['counts'] = 'packets';
  readonly #flash = new Flash();

  constructor() {
    super();
    this.follow(() => [this.rule.counter]);
  }

  override render(): TemplateResult {
    const { view, number, counter } = this.rule;
    return html`
      <span role="gridcell" class="number">${number}</span>
      <span role="gridcell" class="rule" title=${tooltip(view.text)}>
        ${ruleTokens(view.tokens, (target) => {
          this.dispatchEvent(new FollowEvent(this.rule, this.chain, target));
        })}
        ${view.ours ? html`<span class="visually-hidden">written by Mesh Redirect</span>` : ''}
      </span>
      ${counterCells(counter.value, this.counts, this.#flash.beat(counter.value))}
    `;
  }
}
