import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { View } from '../element';
import { Flash } from '../flash';
import { countOf, tooltip } from '../format';
import { icon } from '../icon';
import type { Chain, Table } from '../model/rulesets';
import { counterCells } from './counter-cells';

/** The head of a chain: its name, its policy, how many rules it has. Only built-in chains count for themselves. */
@customElement('mr-chain-row')
export class ChainRow extends View {
  @property({ attribute: false }) chain!: Chain;
  @property() counts: Table['counts'] = 'packets';
  @property({ type: Boolean }) open = false;
  /** How many of its rules the filter leaves. */
  @property({ type: Number }) matching = 0;
  readonly #flash = new Flash();

  constructor() {
    super();
    this.follow(() => [this.chain.counter]);
  }

  override render(): TemplateResult {
    const { view, rules, counter } = this.chain;
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
      </span>
      ${
        view.policy === null
          ? nothing
          : counterCells(counter.value, this.counts, this.#flash.beat(counter.value))
      }
    `;
  }
}
