import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Actions } from '../actions';
import { View } from '../element';
import { countOf } from '../format';
import { icon } from '../icon';
import { loading, emptyState } from '../placeholders';
import { chainKey, type Chain, type Rule } from '../model/rulesets';
import { RovingFocus } from '../roving';
import type { Store } from '../store';
import './chain-row';
import { itemsOf, type Item } from './items';
import './rule-row';
import type { FollowEvent } from './rule-row';

interface Visit {
  rule: Rule;
  from: Chain;
}

/** All rules of the workload: a tree grid of rulesets, tables, chains and rules. */
@customElement('mr-chains')
export class Chains extends View {
  @property({ attribute: false }) store!: Store;
  @property({ attribute: false }) actions!: Actions;
  /** The jumps that were followed, so that there is a way back. */
  @state() visits: Visit[] = [];
  /** The chain that the last jump led to. */
  @state() arrived: string | null = null;
  readonly #roving = new RovingFocus(this, '[role=row][tabindex]');

  constructor() {
    super();
    this.follow(() => [this.store.rules, this.store.ui, this.store.connection]);
    this.addEventListener('mr-follow', (event) => void this.#follow(event));
    this.addEventListener('keydown', (event) => {
      this.#keyDown(event);
    });
  }

  override render(): TemplateResult {
    const rules = this.store.rules.value;
    if (!rules) return loading('Reading the rules…', this.store.connection.value.state);
    if (rules.chainCount === 0) {
      return emptyState('list-tree', 'No rules in this namespace', 'No iptables table holds a chain here.');
    }
    const { filter, folded } = this.store.ui.value;
    const { items, matching, total } = itemsOf(rules.rulesets, filter, folded);
    return html`
      <div class="bar">
        ${this.#back()}
        <span class="found" role="status"
          >${filter.trim() === '' ? nothing : `${matching} of ${countOf(total, 'rule')} match`}</span
        >
      </div>
      ${
        items.length === 0
          ? emptyState('filter', 'No rule matches the filter', `Nothing contains “${filter.trim()}”.`)
          : this.#grid(items)
      }
    `;
  }

  #grid(items: Item[]): TemplateResult {
    return html`<div class="grid" role="treegrid" aria-label="Chains and rules">
      ${repeat(
        items,
        (item) => item.key,
        (item) => this.#item(item),
      )}
    </div>`;
  }

  #item(item: Item): TemplateResult {
    switch (item.kind) {
      case 'ruleset': {
        const { family, backend } = item.ruleset.view;
        return html`<div class="ruleset" role="row" aria-level="1" aria-expanded="true">
          <span role="gridcell">${family === 'ipv4' ? 'IPv4' : 'IPv6'} · ${backend}</span>
        </div>`;
      }
      case 'table':
        return html`<div class="table" role="row" aria-level="2" aria-expanded="true">
          <span role="columnheader" class="title">${icon('table')}<span>${item.table.name}</span></span>
          <span role="columnheader" class="counter packets">${item.table.counts}</span>
          <span role="columnheader" class="counter bytes">bytes</span>
        </div>`;
      case 'chain':
        return html`<mr-chain-row
          role="row"
          tabindex="-1"
          aria-level="3"
          aria-expanded=${item.matching === 0 ? nothing : item.open}
          data-key=${item.key}
          ?data-redirects=${item.chain.view.redirects}
          ?data-arrived=${this.arrived === item.key}
          .chain=${item.chain}
          .counts=${item.table.counts}
          .open=${item.open}
          .matching=${item.matching}
          @click=${() => {
            this.#fold(item.chain, item.open);
          }}
        ></mr-chain-row>`;
      case 'rule':
        return html`<mr-rule-row
          role="row"
          tabindex="-1"
          aria-level="4"
          data-key=${item.key}
          ?data-ours=${item.rule.view.ours}
          .rule=${item.rule}
          .chain=${item.chain}
          .counts=${item.table.counts}
        ></mr-rule-row>`;
    }
  }

  #back(): TemplateResult | typeof nothing {
    const visit = this.visits.at(-1);
    if (!visit) return nothing;
    const label = `Back to ${visit.from.view.name}, rule ${visit.rule.number}`;
    return html`<vscode-button
      appearance="icon"
      class="back"
      aria-label=${label}
      title="Back to where the jump was followed (Alt+Left)"
      @click=${() => void this.#goBack()}
    >
      ${icon('arrow-left')} ${label}
    </vscode-button>`;
  }

  #fold(chain: Chain, folded: boolean): void {
    if (this.store.ui.value.filter.trim() === '') this.actions.fold(chain.key, folded);
  }

  async #follow({ rule, from, to }: FollowEvent): Promise<void> {
    const key = chainKey(from.key.slice(0, -from.view.name.length - 1), to);
    this.visits = [...this.visits, { rule, from }];
    this.arrived = key;
    await this.#reveal(key, key);
  }

  async #goBack(): Promise<void> {
    const visit = this.visits.at(-1);
    if (!visit) return;
    this.visits = this.visits.slice(0, -1);
    this.arrived = null;
    await this.#reveal(visit.from.key, visit.rule.key);
  }

  /** Unfolds a chain, and moves the focus to the row `key`. A filter that hides the row is given up. */
  async #reveal(chain: string, key: string): Promise<void> {
    this.actions.fold(chain, false);
    await this.updateComplete;
    if (!this.#row(key)) {
      this.actions.filter('');
      await this.updateComplete;
    }
    const row = this.#row(key);
    row?.scrollIntoView({ block: 'nearest' });
    this.#roving.focus(row);
  }

  #row(key: string): HTMLElement | null {
    return this.querySelector(`[data-key="${CSS.escape(key)}"]`);
  }

  #keyDown(event: KeyboardEvent): void {
    if (event.altKey && event.key === 'ArrowLeft' && this.visits.length > 0) {
      event.preventDefault();
      void this.#goBack();
      return;
    }
    if (this.#roving.handleKey(event)) return;
    const row = this.#roving.itemOf(event.target);
    if (row && row === event.target && this.#activate(row, event.key)) event.preventDefault();
  }

  /** What a key does on a row. A chain unfolds with Right and folds with Left; Enter follows a rule's jump. */
  #activate(row: HTMLElement, key: string): boolean {
    const expanded = row.getAttribute('aria-expanded');
    if (expanded !== null) {
      const toggles =
        key === 'Enter' || key === ' ' || key === (expanded === 'true' ? 'ArrowLeft' : 'ArrowRight');
      if (toggles) row.click();
      return toggles;
    }
    if (key === 'ArrowLeft') this.#roving.focus(chainRowBefore(row));
    else if (key === 'Enter') row.querySelector<HTMLElement>('.jump')?.click();
    return key === 'ArrowLeft' || key === 'Enter';
  }
}

function chainRowBefore(row: Element): HTMLElement | null {
  let before = row.previousElementSibling;
  while (before && before.localName !== 'mr-chain-row') before = before.previousElementSibling;
  return before as HTMLElement | null;
}
