import { html, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Actions } from '../actions';
import { View } from '../element';
import { emptyState, loading } from '../placeholders';
import type { Findings } from '../model/findings';
import { chainKey, type Chain, type Rule, type Ruleset } from '../model/rulesets';
import { seenRules } from '../model/seen-rules';
import { Slices } from '../slices';
import type { Store } from '../store';
import '../virtual-list';
import type { VirtualList } from '../virtual-list';
import { chainBar } from './chain-bar';
import './chain-row';
import './copy-menu';
import { copyText, type CopyFormat } from './copy-text';
import { itemsOf, type Item, type ShownItems } from './items';
import { findingsOf, heightOf, ROW_COLUMNS, rowOf, stickyOf } from './rows';
import './rule-row';
import type { FollowEvent } from './rule-row';
import { RuleSearch } from './search';
import { isStop, keyAt, keyMove } from './stops';

interface Visit {
  rule: Rule | null;
  chain: Chain;
}

const NO_ITEMS: ShownItems = { items: [], matching: 0, total: 0 };

/** All rules of the workload: a tree grid of rulesets, tables, chains and rules. */
@customElement('mr-chains')
export class Chains extends View {
  @property({ attribute: false }) store!: Store;
  @property({ attribute: false }) actions!: Actions;
  /** The jumps that were followed, so that there is a way back. */
  @state() visits: Visit[] = [];
  /** The chain or rule that the last jump led to. */
  @state() arrived: string | null = null;
  /** The row that the Tab key stops at. */
  @state() active: string | null = null;
  #shown = NO_ITEMS;
  #shownFor: unknown[] = [];
  #search: { rulesets: readonly Ruleset[]; rules: RuleSearch } | null = null;
  readonly #slices = new Slices();
  #heights: { findings: Findings; of: (item: Item) => number } | null = null;

  constructor() {
    super();
    this.follow(() => [
      this.store.rules,
      this.store.findings,
      this.store.ui,
      this.store.connection,
      this.store.failure,
      this.store.wanted,
    ]);
    this.addEventListener('mr-rows', () => {
      this.#tellWhatIsSeen();
    });
    this.addEventListener('mr-follow', (event) => void this.#follow(event));
    this.addEventListener('keydown', (event) => {
      if (this.#keyDown(event)) event.preventDefault();
    });
    this.addEventListener('focusin', ({ target }) => {
      this.active = keyAt(target) ?? this.active;
    });
    this.addEventListener('contextmenu', (event) => {
      const key = keyAt(event.target);
      if (key === null) return;
      event.preventDefault();
      this.active = key;
      void this.#copy(event.clientX, event.clientY);
    });
  }

  override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    const rulesets = this.store.rules.value?.rulesets ?? [];
    const { filter, folding, folded } = this.store.ui.value;
    const shownFor = [rulesets, filter, folding, folded];
    if (shownFor.every((value, index) => value === this.#shownFor[index])) return;
    this.#shownFor = shownFor;
    if (filter.trim() === '') {
      this.#slices.stop();
      this.#show(itemsOf(rulesets, { folding, folded }));
      return;
    }
    if (this.#search?.rulesets !== rulesets) this.#search = { rulesets, rules: new RuleSearch(rulesets) };
    this.#slices.run(this.#search.rules.find(filter), (found) => {
      this.#show(found);
      this.requestUpdate();
    });
  }

  override render(): TemplateResult {
    const rules = this.store.rules.value;
    if (!rules) return loading('Reading the rules…', this.store);
    if (rules.chainCount === 0) {
      return emptyState('list-tree', 'No rules in this namespace', 'No iptables table holds a chain here.');
    }
    const { filter, folding } = this.store.ui.value;
    const { items, matching, total } = this.#shown;
    const findings = this.store.findings.value;
    return html`
      ${chainBar({
        back: this.#backLabel(),
        findings: findings.count,
        found: filter.trim() === '' ? null : { matching, total },
        folding,
        goBack: () => void this.#goBack(),
        nextFinding: () => void this.#nextFinding(),
        foldAll: (to) => {
          this.actions.foldAll(to);
        },
        showRules: () => {
          this.actions.showRules();
        },
        copy: (event) => {
          const { left, bottom } = (event.currentTarget as HTMLElement).getBoundingClientRect();
          void this.#copy(left, bottom);
        },
      })}
      ${
        items.length === 0
          ? emptyState('filter', 'No rule matches the filter', `Nothing contains “${filter.trim()}”.`)
          : html`<mr-virtual-list
              class="grid"
              role="treegrid"
              aria-label="Chains and rules"
              aria-rowcount=${items.length}
              aria-colcount=${ROW_COLUMNS}
              .items=${items}
              .active=${this.active}
              .sticky=${stickyOf}
              .heightOf=${this.#heightOf(findings)}
              .row=${this.#row}
            ></mr-virtual-list>`
      }
      <mr-copy-menu></mr-copy-menu>
    `;
  }

  override updated(): void {
    // The rows take what they show from here, and the list renders them: it has to be asked to.
    this.#list?.requestUpdate();
    const { wanted } = this.store;
    const chain = wanted.value === null ? null : this.#chain(wanted.value.chain);
    if (!chain || this.store.ui.value.view !== 'chains') return;
    const { rule } = wanted.value ?? { rule: null };
    wanted.set(null);
    this.arrived = (rule === null ? null : chain.rules[rule - 1]?.key) ?? chain.key;
    void this.#reveal(chain, this.arrived);
  }

  #show(shown: ShownItems): void {
    this.#shown = shown;
    const isThere = shown.items.some(({ key }) => key === this.active);
    if (!isThere) this.active = shown.items.find(isStop)?.key ?? null;
  }

  /** The same function as long as nothing else was found: the list places its rows anew for another one. */
  #heightOf(findings: Findings): (item: Item) => number {
    if (this.#heights?.findings !== findings) {
      this.#heights = { findings, of: (item) => heightOf(item, findings) };
    }
    return this.#heights.of;
  }

  #tellWhatIsSeen(): void {
    if (this.store.ui.value.view !== 'chains') return;
    const shown = this.#list?.shown ?? [];
    this.actions.seeRules(
      seenRules(this.store.rules.value?.rulesets ?? [], ({ key }) =>
        shown.flatMap((item) => {
          if (item.ruleset.key !== key) return [];
          return item.kind === 'chain'
            ? item.chain.view.line
            : item.kind === 'rule'
              ? item.rule.view.line
              : [];
        }),
      ),
    );
  }

  readonly #row = (item: Item, index: number): TemplateResult =>
    rowOf(item, index, {
      store: this.store,
      findings: this.store.findings.value,
      active: this.active,
      arrived: this.arrived,
      fold: (chain, folded) => {
        if (this.store.ui.value.filter.trim() === '') this.actions.fold(chain.key, folded);
      },
    });

  get #list(): VirtualList<Item> | null {
    return this.querySelector<VirtualList<Item>>('mr-virtual-list');
  }

  #backLabel(): string | null {
    const visit = this.visits.at(-1);
    if (!visit) return null;
    return visit.rule ? `${visit.chain.view.name}, rule ${visit.rule.number}` : visit.chain.view.name;
  }

  async #follow({ from, to }: FollowEvent): Promise<void> {
    const table = from.chain.key.slice(0, -from.chain.view.name.length - 1);
    const chain = this.#chain(chainKey(table, to.chain));
    if (!chain) return;
    const rule = to.rule === null ? null : (chain.rules[to.rule - 1] ?? null);
    this.visits = [...this.visits, from];
    this.arrived = rule?.key ?? chain.key;
    await this.#reveal(chain, this.arrived);
  }

  async #goBack(): Promise<void> {
    const visit = this.visits.at(-1);
    if (!visit) return;
    this.visits = this.visits.slice(0, -1);
    this.arrived = null;
    await this.#reveal(visit.chain, visit.rule?.key ?? visit.chain.key);
  }

  /** From the active row on, round and round. */
  async #nextFinding(): Promise<void> {
    const findings = this.store.findings.value;
    const rulesets = this.store.rules.value?.rulesets ?? [];
    const { items } = itemsOf(rulesets, { folding: 'none', folded: {} });
    const at = items.findIndex(({ key }) => key === this.active);
    const isWrong = (item: Item): boolean => findingsOf(item, findings).length > 0;
    const next = items.slice(at + 1).find(isWrong) ?? items.find(isWrong);
    if (next?.kind !== 'chain' && next?.kind !== 'rule') return;
    this.arrived = next.key;
    await this.#reveal(next.chain, next.key);
  }

  /** Unfolds a chain, and moves the focus to the row `key`. A filter that hides the row is given up. */
  async #reveal(chain: Chain, key: string): Promise<void> {
    if (key !== chain.key || chain.rules.length > 0) this.actions.fold(chain.key, false);
    await this.updateComplete;
    if (!this.#shown.items.some((item) => item.key === key)) {
      this.actions.filter('');
      await this.updateComplete;
    }
    await this.#focus(key);
  }

  async #focus(key: string): Promise<void> {
    this.active = key;
    await this.updateComplete;
    const row = await this.#list?.reveal(key);
    row?.focus({ preventScroll: true });
  }

  #chain(key: string): Chain | null {
    const tables = this.store.rules.value?.rulesets.flatMap(({ tables }) => tables) ?? [];
    for (const { chains } of tables) {
      const chain = chains.find((one) => one.key === key);
      if (chain) return chain;
    }
    return null;
  }

  async #copy(x: number, y: number): Promise<void> {
    const item = this.#shown.items.find(({ key }) => key === this.active);
    const menu = this.querySelector('mr-copy-menu');
    if (!item || !menu) return;
    const format = await menu.ask(x, y);
    if (format) this.#copyAs(item, format);
    await this.#focus(item.key);
  }

  #copyAs(item: Item, format: CopyFormat): void {
    this.actions.copy(copyText(item, format));
  }

  /** Gives whether the key was one of ours. */
  #keyDown(event: KeyboardEvent): boolean {
    const { key, altKey, ctrlKey, metaKey } = event;
    if (altKey && key === 'ArrowLeft' && this.visits.length > 0) {
      void this.#goBack();
      return true;
    }
    if (key === 'F8') {
      void this.#nextFinding();
      return true;
    }
    const item = this.#shown.items.find((one) => one.key === this.active);
    if (
      !item ||
      altKey ||
      keyAt(event.target) !== item.key ||
      event.target !== this.#list?.element(item.key)
    ) {
      return false;
    }
    return ctrlKey || metaKey ? this.#chord(item, key) : this.#press(item, event);
  }

  /** Ctrl+C: a rule as a command, the rest as a restore block. Nothing if text is selected. */
  #chord(item: Item, key: string): boolean {
    if (key !== 'c' || window.getSelection()?.isCollapsed === false) return false;
    this.#copyAs(item, item.kind === 'rule' ? 'command' : 'restore');
    return true;
  }

  /** What a key does on a row. A chain unfolds with Right and folds with Left; Enter follows a rule's jump. */
  #press(item: Item, event: KeyboardEvent): boolean {
    const to = keyMove(this.#shown.items, item, event.key, this.#list?.pageSize ?? 1);
    if (to !== undefined) {
      if (to !== null) void this.#focus(to);
      return true;
    }
    if (event.key === 'ContextMenu' || (event.shiftKey && event.key === 'F10')) {
      const { left, bottom } = (event.target as HTMLElement).getBoundingClientRect();
      void this.#copy(left + 40, bottom);
      return true;
    }
    return this.#activate(item, event.key);
  }

  #activate(item: Item, key: string): boolean {
    const row = this.#list?.element(item.key);
    if (item.kind === 'chain' && item.matching > 0) {
      const toggles = key === 'Enter' || key === ' ' || key === (item.open ? 'ArrowLeft' : 'ArrowRight');
      if (toggles) row?.click();
      return toggles;
    }
    if (item.kind !== 'rule' || key !== 'Enter') return false;
    (row?.querySelector<HTMLElement>('.jump') ?? row?.querySelector<HTMLElement>('.cause'))?.click();
    return true;
  }
}
