import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Finding } from '../../src/protocol/inspector';
import { View } from '../element';
import { Flash } from '../flash';
import { countOf, tooltip } from '../format';
import { icon } from '../icon';
import type { Chain } from '../model/rulesets';
import type { Store } from '../store';
import { counterCells } from './counter-cells';
import { findingLines } from './finding-lines';
import { FollowEvent } from './rule-row';

/** The head of a chain: its name, its policy, how many rules it has. Only built-in chains count for themselves. */
@customElement('mr-chain-row')
export class ChainRow extends View {
  @property({ attribute: false }) store!: Store;
  @property({ attribute: false }) chain!: Chain;
  @property({ attribute: false }) findings: readonly Finding[] = [];
  /** How many of its rules have a finding: worth unfolding it for. */
  @property({ type: Number }) inside = 0;
  @property({ type: Boolean }) open = false;
  /** How many of its rules the filter leaves. */
  @property({ type: Number }) matching = 0;
  readonly #flash = new Flash();

  constructor() {
    super();
    this.follow(() => {
      const { counter } = this.chain;
      const { clock } = this.store;
      return counter.rate?.isActive(clock.value) === true ? [counter, clock] : [counter];
    });
  }

  override render(): TemplateResult {
    const { view, rules, counter, table } = this.chain;
    const size =
      this.matching === rules.length
        ? countOf(rules.length, 'rule')
        : `${this.matching} of ${countOf(rules.length, 'rule')}`;
    return html`
      <span class="twistie">
        ${this.matching === 0 ? nothing : icon(this.open ? 'chevron-down' : 'chevron-right')}
      </span>
      <span role="gridcell" class="chain">
        <span class="name" title=${tooltip(view.name)}>${view.name}</span>
        ${view.policy === null ? nothing : html`<span class="policy">policy ${view.policy}</span>`}
        <span class="size">${size}</span>
        ${
          this.inside === 0 || this.open
            ? nothing
            : html`<span class="inside">${icon('warning')} ${countOf(this.inside, 'problem')}</span>`
        }
      </span>
      ${
        view.policy === null
          ? nothing
          : counterCells(counter, table.counts, this.#flash.beat(counter.value), this.store.clock.value)
      }
      ${findingLines(this.findings, ({ cause }) => {
        if (cause) this.dispatchEvent(new FollowEvent(this.chain, cause));
      })}
    `;
  }
}
