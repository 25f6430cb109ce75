import type {
  FromInspector,
  Header,
  InspectorState,
  MapView,
  RulesetKey,
  SeenRules,
  ToInspector,
  TraceQuery,
} from '../src/protocol/inspector';
import type { Host } from './host';
import { Settled } from './settled';
import type { MapContent } from './model/map-content';
import { chainKey, rulesetKey } from './model/rulesets';
import type { TraceForm } from './trace/form';
import type { UiState } from './model/ui-state';
import type { Store } from './store';

/** What a person, or the extension host, can make the inspector do. */
export class Actions {
  readonly #store: Store;
  readonly #host: Host;
  /** The host has lost what it watched, and does not know which map is open. */
  #lost = true;
  /** What is on the screen of the rules, and of the open map. */
  readonly #seeingRules: Settled;
  readonly #seeingRows: Settled;

  constructor(store: Store, host: Host) {
    this.#store = store;
    this.#host = host;
    const post = (message: FromInspector): void => {
      this.#post(message);
    };
    this.#seeingRules = new Settled(post, { type: 'seeRules', rules: [] });
    this.#seeingRows = new Settled(post);
  }

  /** Begins: listens to the host, asks it for everything, and keeps what is chosen from here on. */
  start(): void {
    this.#host.onMessage((message) => {
      this.#receive(message);
    });
    for (const signal of [this.#store.ui, this.#store.header]) {
      signal.subscribe(() => {
        this.#keep(this.#store.ui.value, this.#store.header.value);
      });
    }
    // Sparklines move on although nothing is counted any more.
    setInterval(() => {
      if (this.#store.live.value?.paused === false) this.#store.tick(secondsNow());
    }, 1000);
    this.#post({ type: 'ready' });
    this.#post({ type: 'showView', view: this.#store.ui.value.view });
  }

  showView(view: UiState['view']): void {
    if (view === this.#store.ui.value.view) return;
    this.#store.changeUi({ view });
    this.#post({ type: 'showView', view });
    if (view === 'maps') this.#openKnownMap(true);
    if (view !== 'programs') this.#store.forgetRuns();
  }

  /** Goes to a chain, from a picture of it. Takes its key. */
  showChain(key: string): void {
    this.#store.changeUi({ filter: '', folded: { ...this.#store.ui.value.folded, [key]: false } });
    this.#store.wanted.set({ chain: key, rule: null });
    this.showView('chains');
  }

  /** Goes to a rule, from an explanation. `rule` is its place in the chain, from 1. */
  showRule(ruleset: RulesetKey, table: string, chain: string, rule: number | null): void {
    const key = chainKey(`${rulesetKey(ruleset)}/${table}`, chain);
    this.#store.changeUi({ filter: '', folded: { ...this.#store.ui.value.folded, [key]: false } });
    this.#store.wanted.set({ chain: key, rule });
    this.showView('chains');
  }

  /** Tells what is on the screen of the rules: only that is counted. While it is scrolled, now and then is enough. */
  seeRules(rules: SeenRules): void {
    this.#seeingRules.tell({ type: 'seeRules', rules });
  }

  changeTrace(change: Partial<TraceForm>): void {
    this.#store.changeUi({ trace: { ...this.#store.ui.value.trace, ...change } });
  }

  explain(query: TraceQuery): void {
    this.#store.forgetTrace();
    this.#post({ type: 'explain', query });
  }

  watchTrace(query: TraceQuery): void {
    this.#store.forgetTrace();
    this.#post({ type: 'watchTrace', query });
  }

  compare(from: number, to: number): void {
    this.#post({ type: 'compare', from, to });
  }

  compareWorkload(): void {
    this.#post({ type: 'compareWorkload' });
  }

  compareModes(): void {
    this.#post({ type: 'compareModes' });
  }

  exportSnapshot(): void {
    this.#post({ type: 'exportSnapshot' });
  }

  stopTrace(): void {
    this.#post({ type: 'stopTrace' });
  }

  listConnections(): void {
    this.#post({ type: 'listConnections' });
  }

  /** Goes to a program, from a picture of it. Takes its id. */
  showProgram(id: number): void {
    this.#store.changeUi({ filter: '' });
    this.#store.wantedProgram.set(id);
    this.showView('programs');
  }

  /** Goes to a map, from a program that uses it. */
  showMap(id: number): void {
    const map = this.#store.maps.value?.find((one) => one.id === id);
    if (!map) return;
    this.#store.changeUi({ map: { id, name: map.name }, filter: '' });
    this.showView('maps');
  }

  filter(filter: string): void {
    const content = this.#store.content.value;
    if (content?.search.value?.state === 'searching') this.stopReading(content);
    this.#store.changeUi({ filter });
  }

  /** Folds or unfolds every chain, or goes back to what is unfolded at first. */
  foldAll(folding: UiState['folding']): void {
    this.#store.changeUi({ folding, folded: {} });
  }

  showRules(): void {
    this.#post({ type: 'showRules' });
  }

  copy(text: string): void {
    this.#post({ type: 'copy', text });
  }

  fold(chain: string, folded: boolean): void {
    this.#store.changeUi({ folded: { ...this.#store.ui.value.folded, [chain]: folded } });
  }

  showRaw(raw: boolean): void {
    this.#store.changeUi({ raw });
  }

  readBytes(byteOrder: UiState['byteOrder']): void {
    this.#store.changeUi({ byteOrder });
  }

  /** Has the lines of source read that a program was made of, unless they are here. */
  readSource(program: number): void {
    if (!this.#store.sources.value.has(program)) this.#post({ type: 'readSource', program });
  }

  openMap(map: MapView): void {
    this.#store.open(map);
    this.#post({ type: 'openMap', map: map.id });
  }

  loadMoreRows(map: number): void {
    this.#post({ type: 'loadMoreRows', map });
  }

  /** Has the node look through all entries of the open map that are not loaded. */
  searchMap({ map, search }: MapContent, filter: string): void {
    search.set({ filter, searched: 0, state: 'searching' });
    this.#post({ type: 'searchMap', map, filter });
  }

  /** Has all entries loaded that are not, as far as so many are shown. */
  loadAllRows(content: MapContent): void {
    content.setLoading(true);
    this.#post({ type: 'loadAllRows', map: content.map });
  }

  /** Ends a search, or loading. */
  stopReading(content: MapContent): void {
    content.search.set(null);
    content.setLoading(false);
    this.#post({ type: 'stopReading' });
  }

  /** Tells which rows of a map are on the screen, by their ids: only those are followed. */
  seeRows(map: number, rows: string[]): void {
    this.#seeingRows.tell({ type: 'seeRows', map, rows });
  }

  switchMode(mode: Header['mode']): void {
    this.#store.dismissFailure();
    this.#post({ type: 'switchMode', mode });
  }

  previewSwitch(mode: Header['mode']): void {
    this.#store.dismissFailure();
    this.#post({ type: 'previewSwitch', mode });
  }

  setPaused(paused: boolean): void {
    this.#store.forgetRuns();
    this.#post({ type: 'setPaused', paused });
  }

  reconnect(): void {
    this.#post({ type: 'reconnect' });
  }

  dismissFailure(): void {
    this.#store.dismissFailure();
  }

  #receive(message: ToInspector): void {
    this.#store.receive(message, secondsNow());
    if (message.type === 'connection' && message.state !== 'connected') this.#lost = true;
    if (message.type !== 'maps') return;
    this.#openKnownMap(this.#lost);
    this.#lost = false;
  }

  /**
   * Opens the map that was open last, or its successor of the same name, or the first of ours. With `again` the host
   * is asked for its rows even if it is open already.
   */
  #openKnownMap(again: boolean): void {
    const maps = this.#store.maps.value;
    const { view, map: chosen } = this.#store.ui.value;
    if (!maps || view !== 'maps') return;
    const map =
      maps.find(({ id, name }) => id === chosen?.id && name === chosen.name) ??
      maps.find(({ name }) => name === chosen?.name) ??
      maps.find(({ purpose }) => purpose !== null) ??
      maps[0] ??
      null;
    const isOpen = map?.id === this.#store.content.value?.map;
    if (isOpen && !again) return;
    if (map) this.openMap(map);
    else this.#store.open(null);
  }

  #keep(ui: UiState, header: Header | null): void {
    if (!header) return;
    const panel: InspectorState = { nodeId: header.nodeId, workloadId: header.workloadId };
    this.#host.setState({ ...ui, ...panel });
  }

  #post(message: FromInspector): void {
    this.#host.post(message);
  }
}

const secondsNow = (): number => performance.now() / 1000;
