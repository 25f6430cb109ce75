import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { guard } from 'lit/directives/guard.js';
import type { Finding } from '../../src/protocol/inspector';
import { tokensOf } from '../../src/core/iptables/tokens';
import { View } from '../element';
import { Flash } from '../flash';
import { tooltip } from '../format';
import type { Chain, Rule } from '../model/rulesets';
import type { Store } from '../store';
import { counterCells } from './counter-cells';
import { findingLines } from './finding-lines';
import { ruleWords } from './tokens';

/** Sent by a row when it is to be left for another one, with a way back. */
export class FollowEvent extends Event {
  readonly from: Chain | Rule;
  readonly to: { chain: string; rule: number | null };

  constructor(from: FollowEvent['from'], to: FollowEvent['to']) {
    super('mr-follow', { bubbles: true });
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
  @property({ attribute: false }) store!: Store;
  @property({ attribute: false }) rule!: Rule;
  @property({ attribute: false }) findings: readonly Finding[] = [];
  readonly #flash = new Flash();

  constructor() {
    super();
    this.follow(() => {
      const { counter } = this.rule;
      const { clock } = this.store;
      return counter.rate?.isActive(clock.value) === true ? [counter, clock] : [counter];
    });
  }

  override render(): TemplateResult {
    const { view, number, counter, chain } = this.rule;
    const { chainsByName, counts } = chain.table;
    return html`
      <span role="gridcell" class="number">${number}</span>
      <span role="gridcell" class="rule" title=${tooltip(`-A ${chain.view.name} ${view.text}`)}
        >${guard([view.text, chainsByName], () => this.#words())}${
          view.ours ? html`<span class="visually-hidden">written by Mesh Redirect</span>` : nothing
        }</span
      >
      ${counterCells(counter, counts, this.#flash.beat(counter.value), this.store.clock.value)}
      ${findingLines(this.findings, ({ cause }) => {
        if (cause) this.#follow(cause);
      })}
    `;
  }

  #words(): DocumentFragment {
    const { view, chain } = this.rule;
    const tokens = tokensOf(view.text, (target) => chain.table.chainsByName.has(target));
    return ruleWords(tokens, (chain) => {
      this.#follow({ chain, rule: null });
    });
  }

  #follow(to: FollowEvent['to']): void {
    this.dispatchEvent(new FollowEvent(this.rule, to));
  }
}
