import { html, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Actions } from '../actions';
import { View } from '../element';
import { emptyState, loading } from '../placeholders';
import { latest } from '../latest';
import type { Findings } from '../model/findings';
import { chainOf, type Chain, type Ruleset } from '../model/rulesets';
import { seenRules } from '../model/seen-rules';
import { Slices } from '../slices';
import type { Store } from '../store';
import '../virtual-list';
import type { VirtualList } from '../virtual-list';
import { chainBar } from './chain-bar';
import './chain-row';
import './copy-menu';
import { copyText, type CopyFormat } from './copy-text';
import { itemsOf, rulesetOf, type Item, type ShownItems } from './items';
import { findingsOf, heightOf, ROW_COLUMNS, rowOf, stickyOf } from './rows';
import './rule-row';
import type { FollowEvent } from './rule-row';
import { RuleSearch } from './search';
import { isStop, keyAt, keyMove, type Stop } from './stops';

const NO_ITEMS = itemsOf([], 'none', {});

/** All rules of the workload: a tree grid of rulesets, tables, chains and rules. */
@customElement('mr-chains')
export class Chains extends View {
  @property({ attribute: false }) store!: Store;
  @property({ attribute: false }) actions!: Actions;
  /** Where jumps were followed from, so that there is a way back. */
  @state() visits: Stop[] = [];
  /** The key of the chain or rule that the last jump led to. */
  @state() arrived: string | null = null;
  /** The row that the Tab key stops at. */
  @state() active: Stop | null = null;
  #shown: ShownItems = NO_ITEMS;
  #shownFor: unknown[] = [];
  readonly #slices = new Slices();
  // There may be tens of thousands of rules: what is made of all of them is made anew only for other ones.
  readonly #unfiltered = latest(itemsOf);
  readonly #searchOf = latest((rulesets: readonly Ruleset[]) => new RuleSearch(rulesets));
  readonly #heightOf = latest((findings: Findings) => (item: Item) => heightOf(item, findings));

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
      this.active = this.#stopAt(target) ?? this.active;
    });
    this.addEventListener('contextmenu', (event) => {
      const stop = this.#stopAt(event.target);
      if (!stop) return;
      event.preventDefault();
      this.active = stop;
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
      this.#show(this.#unfiltered(rulesets, folding, folded));
      return;
    }
    this.#slices.run(this.#searchOf(rulesets).find(filter), (found) => {
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
    const { wanted, rules, ui } = this.store;
    if (wanted.value === null || ui.value.view !== 'chains') return;
    const { chain, rule } = wanted.value;
    const found = rules.value?.find(chain);
    if (found?.kind !== 'chain') return;
    wanted.set(null);
    void this.#arrive(found, rule);
  }

  #show(shown: ShownItems): void {
    this.#shown = shown;
    this.active = (this.active && this.#shownAs(this.active)) ?? shown.items.find(isStop) ?? null;
  }

  /** The same chain or rule among the lines that are shown now; null if it is not there. */
  #shownAs(stop: Stop): Stop | null {
    const { items } = this.#shown;
    if (items.includes(stop)) return stop;
    const again = this.#again(stop);
    return again && items.includes(again) ? again : null;
  }

  /** The same chain or rule in the rules as they are now. */
  #again({ key }: Stop): Stop | null {
    return this.store.rules.value?.find(key) ?? null;
  }

  #tellWhatIsSeen(): void {
    if (this.store.ui.value.view !== 'chains') return;
    const shown = this.#list?.shown ?? [];
    this.actions.seeRules(
      seenRules(this.store.rules.value?.rulesets ?? [], ({ key }) =>
        shown.flatMap((item) => {
          return isStop(item) && rulesetOf(item).key === key ? item.view.line : [];
        }),
      ),
    );
  }

  readonly #row = (item: Item, index: number): TemplateResult =>
    rowOf(item, index, {
      store: this.store,
      shown: this.#shown,
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
    return visit.kind === 'rule' ? `${visit.chain.view.name}, rule ${visit.number}` : visit.view.name;
  }

  async #follow({ from, to }: FollowEvent): Promise<void> {
    const chain = chainOf(from).table.chainsByName.get(to.chain);
    if (!chain) return;
    this.visits = [...this.visits, from];
    await this.#arrive(chain, to.rule);
  }

  /** Goes to a chain, or to a rule of it, by its place from 1, and marks it. */
  async #arrive(chain: Chain, rule: number | null): Promise<void> {
    const stop = (rule === null ? null : chain.rules[rule - 1]) ?? chain;
    this.arrived = stop.key;
    await this.#reveal(stop);
  }

  async #goBack(): Promise<void> {
    const visit = this.visits.at(-1);
    if (!visit) return;
    this.visits = this.visits.slice(0, -1);
    this.arrived = null;
    await this.#reveal(this.#again(visit) ?? chainOf(visit));
  }

  /** From the active row on, round and round. */
  async #nextFinding(): Promise<void> {
    const findings = this.store.findings.value;
    const rulesets = this.store.rules.value?.rulesets ?? [];
    const stops = itemsOf(rulesets, 'none', {}).items.filter(isStop);
    const at = this.active ? stops.indexOf(this.active) : -1;
    const isWrong = (stop: Stop): boolean => findingsOf(stop, findings).length > 0;
    const next = stops.slice(at + 1).find(isWrong) ?? stops.find(isWrong);
    if (!next) return;
    this.arrived = next.key;
    await this.#reveal(next);
  }

  /** Unfolds its chain, and moves the focus to the row. A filter that hides the row is given up. */
  async #reveal(stop: Stop): Promise<void> {
    const { key, rules } = chainOf(stop);
    if (rules.length > 0) this.actions.fold(key, false);
    await this.updateComplete;
    if (!this.#shownAs(stop)) {
      this.actions.filter('');
      await this.updateComplete;
    }
    await this.#focus(stop);
  }

  async #focus(stop: Stop): Promise<void> {
    const shown = this.#shownAs(stop);
    if (!shown) return;
    this.active = shown;
    await this.updateComplete;
    const row = await this.#list?.reveal(shown);
    row?.focus({ preventScroll: true });
  }

  /** The chain or rule whose row an event happened in. */
  #stopAt(target: EventTarget | null): Stop | null {
    const key = keyAt(target);
    const rows = [this.active, ...(this.#list?.shown ?? [])];
    return rows.find((item): item is Stop => item?.key === key && isStop(item)) ?? null;
  }

  async #copy(x: number, y: number): Promise<void> {
    const stop = this.active;
    const menu = this.querySelector('mr-copy-menu');
    if (!stop || !menu) return;
    const format = await menu.ask(x, y);
    if (format) this.#copyAs(stop, format);
    await this.#focus(stop);
  }

  #copyAs(stop: Stop, format: CopyFormat): void {
    this.actions.copy(copyText(stop, format));
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
    const stop = this.active;
    if (!stop || altKey || event.target !== this.#list?.element(stop.key)) return false;
    return ctrlKey || metaKey ? this.#chord(stop, key) : this.#press(stop, event);
  }

  /** Ctrl+C: a rule as a command, the rest as a restore block. Nothing if text is selected. */
  #chord(stop: Stop, key: string): boolean {
    if (key !== 'c' || window.getSelection()?.isCollapsed === false) return false;
    this.#copyAs(stop, stop.kind === 'rule' ? 'command' : 'restore');
    return true;
  }

  /** What a key does on a row. A chain unfolds with Right and folds with Left; Enter follows a rule's jump. */
  #press(stop: Stop, event: KeyboardEvent): boolean {
    const to = keyMove(this.#shown.items, stop, event.key, this.#list?.pageSize ?? 1);
    if (to !== undefined) {
      if (to !== null) void this.#focus(to);
      return true;
    }
    if (event.key === 'ContextMenu' || (event.shiftKey && event.key === 'F10')) {
      const { left, bottom } = (event.target as HTMLElement).getBoundingClientRect();
      void this.#copy(left + 40, bottom);
      return true;
    }
    return this.#activate(stop, event.key);
  }

  #activate(stop: Stop, key: string): boolean {
    const row = this.#list?.element(stop.key);
    if (stop.kind === 'chain' && this.#shown.matchingIn(stop) > 0) {
      const fold = this.#shown.isOpen(stop) ? 'ArrowLeft' : 'ArrowRight';
      const toggles = key === 'Enter' || key === ' ' || key === fold;
      if (toggles) row?.click();
      return toggles;
    }
    if (stop.kind !== 'rule' || key !== 'Enter') return false;
    (row?.querySelector<HTMLElement>('.jump') ?? row?.querySelector<HTMLElement>('.cause'))?.click();
    return true;
  }
}
