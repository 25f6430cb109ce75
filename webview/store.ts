import type {
  ConnectionView,
  ExplanationView,
  Header,
  LiveTrace,
  MapView,
  MomentView,
  ProgramView,
  SourceFile,
  ToInspector,
} from '../src/protocol/inspector';
import { Findings } from './model/findings';
import { MapContent } from './model/map-content';
import { ProgramRuns } from './model/program-runs';
import { LiveCounter } from './model/live-counter';
import { Rules } from './model/rulesets';
import type { UiState } from './model/ui-state';
import { Signal, type Readable } from './signal';

export type ConnectionState = Pick<Extract<ToInspector, { type: 'connection' }>, 'state' | 'reason'>;
export type Live = Pick<Extract<ToInspector, { type: 'live' }>, 'paused' | 'interval'>;
export type Failure = Pick<Extract<ToInspector, { type: 'failure' }>, 'message' | 'remedy'>;

/**
 * All that the views show. Data goes one way: messages change the store, the store's signals render the views.
 * What a person does goes through `Actions`. `null` is "not known yet".
 */
export class Store {
  readonly #header = new Signal<Header | null>(null);
  readonly #connection = new Signal<ConnectionState>({ state: 'connecting', reason: null });
  readonly #live = new Signal<Live | null>(null);
  readonly #failure = new Signal<Failure | null>(null);
  readonly #notice = new Signal<Failure | null>(null);
  readonly #rules = new Signal<Rules | null>(null);
  readonly #findings = new Signal<Findings>(new Findings([]));
  /** Seconds since the page was opened; stands still while nothing moves. */
  readonly #clock = new Signal(0);
  readonly #programs = new Signal<ProgramView[] | null>(null);
  readonly #sources = new Signal<ReadonlyMap<number, SourceFile[]>>(new Map());
  readonly #runs = new Signal(new ProgramRuns());
  readonly #hookCounters = new Signal<ReadonlyMap<string, LiveCounter>>(new Map());
  readonly #explanation = new Signal<ExplanationView | null>(null);
  readonly #explanationFault = new Signal<string | null>(null);
  readonly #liveTrace = new Signal<LiveTrace | null>(null);
  readonly #openConnections = new Signal<ConnectionView[] | null>(null);
  readonly #moments = new Signal<MomentView[] | null>(null);
  readonly #maps = new Signal<MapView[] | null>(null);
  readonly #content = new Signal<MapContent | null>(null);
  readonly #ui: Signal<UiState>;
  /** The chain, by key, or the rule in it that the chains view is to go to, once. */
  readonly wanted = new Signal<{ chain: string; rule: number | null } | null>(null);
  /** The program that the programs view is to go to, once. */
  readonly wantedProgram = new Signal<number | null>(null);

  constructor(ui: UiState) {
    this.#ui = new Signal(ui);
  }

  get header(): Readable<Header | null> {
    return this.#header;
  }
  get connection(): Readable<ConnectionState> {
    return this.#connection;
  }
  get live(): Readable<Live | null> {
    return this.#live;
  }
  /** What went wrong last on this connection: why something is not there, also once nobody wants to be told any more. */
  get failure(): Readable<Failure | null> {
    return this.#failure;
  }
  /** What went wrong and was not dismissed. */
  get notice(): Readable<Failure | null> {
    return this.#notice;
  }
  get rules(): Readable<Rules | null> {
    return this.#rules;
  }
  get findings(): Readable<Findings> {
    return this.#findings;
  }
  get clock(): Readable<number> {
    return this.#clock;
  }
  get programs(): Readable<ProgramView[] | null> {
    return this.#programs;
  }
  /** The source of programs, by their ids, as far as it was asked for. */
  get sources(): Readable<ReadonlyMap<number, SourceFile[]>> {
    return this.#sources;
  }
  /** How often programs run, while that is counted. */
  get runs(): Readable<ProgramRuns> {
    return this.#runs;
  }
  get moments(): Readable<MomentView[] | null> {
    return this.#moments;
  }
  get explanation(): Readable<ExplanationView | null> {
    return this.#explanation;
  }
  /** Why what was asked last could not be explained. */
  get explanationFault(): Readable<string | null> {
    return this.#explanationFault;
  }
  get liveTrace(): Readable<LiveTrace | null> {
    return this.#liveTrace;
  }
  get openConnections(): Readable<ConnectionView[] | null> {
    return this.#openConnections;
  }
  /** What our hooks counted, by the counter's name. Each changes on its own. */
  get hookCounters(): Readable<ReadonlyMap<string, LiveCounter>> {
    return this.#hookCounters;
  }
  get maps(): Readable<MapView[] | null> {
    return this.#maps;
  }
  /** Of the map that is open. */
  get content(): Readable<MapContent | null> {
    return this.#content;
  }
  get ui(): Readable<UiState> {
    return this.#ui;
  }

  /** `now`: seconds since the page was opened. */
  tick(now: number): void {
    this.#clock.set(now);
  }

  /** `now` as for `tick`. */
  receive(message: ToInspector, now: number): void {
    switch (message.type) {
      case 'header':
        this.#header.set(message.header);
        this.#remember(message.header);
        break;
      case 'connection':
        this.#connection.set(message);
        this.#failure.set(null);
        break;
      case 'live':
        this.#live.set(message);
        break;
      case 'failure':
        this.#failure.set(message);
        this.#notice.set(message);
        break;
      case 'rulesets':
        this.#rules.set(new Rules(message.rulesets, this.#rules.value));
        break;
      case 'counters':
        this.#clock.set(now);
        this.#rules.value?.ruleset(message.ruleset)?.count(message.counters, message.seconds, now);
        break;
      case 'findings':
        this.#findings.set(new Findings(message.rulesets));
        break;
      case 'programs':
        this.#programs.set(message.programs);
        break;
      case 'programSource':
        this.#sources.set(new Map(this.#sources.value).set(message.program, message.files));
        break;
      case 'programStats':
        this.#runs.set(this.#runs.value.with(message.programs, now));
        break;
      case 'hookCounts':
        this.#clock.set(now);
        this.#countHooks(message.counts, message.seconds, now);
        break;
      case 'history':
        this.#moments.set(message.moments);
        break;
      case 'explanation':
        this.#explanationFault.set(null);
        this.#explanation.set(message.explanation);
        break;
      case 'explanationFailed':
        this.#explanationFault.set(message.message);
        break;
      case 'liveTrace':
        this.#liveTrace.set(message.live);
        break;
      case 'connections':
        this.#openConnections.set(message.connections);
        break;
      case 'maps':
        this.#maps.set(message.maps);
        break;
      case 'mapRows':
        this.#contentOf(message.map)?.page(message);
        break;
      case 'mapFound': {
        const { filter, searched, state, rows } = message;
        this.#contentOf(message.map)?.found({ filter, searched, state, rows });
        break;
      }
      case 'mapChanged':
        this.#contentOf(message.map)?.change(message.set, message.delete);
        break;
    }
  }

  /** Counting has ended: what comes next is counted from a new beginning. */
  forgetRuns(): void {
    this.#runs.set(new ProgramRuns());
  }

  /** What the kernel said belongs to what was asked before. */
  forgetTrace(): void {
    this.#liveTrace.set(null);
  }

  changeUi(change: Partial<UiState>): void {
    this.#ui.set({ ...this.#ui.value, ...change });
  }

  /** Makes `map` the open one, with no rows yet. */
  open(map: MapView | null): void {
    if (this.#content.value?.map !== map?.id) this.#content.set(map && new MapContent(map.id));
    if (map) this.changeUi({ map: { id: map.id, name: map.name } });
  }

  dismissFailure(): void {
    this.#notice.set(null);
  }

  #remember({ workload, node }: Header): void {
    const { who } = this.#ui.value;
    if (who?.workload !== workload || who.node !== node) this.changeUi({ who: { workload, node } });
  }

  #countHooks(counts: Record<string, number>, seconds: number | null, now: number): void {
    const known = this.#hookCounters.value;
    const names = Object.keys(counts);
    if (!names.every((name) => known.has(name))) {
      const fresh = names.map((name): [string, LiveCounter] => [
        name,
        known.get(name) ?? new LiveCounter({ packets: counts[name] ?? 0, bytes: 0 }),
      ]);
      this.#hookCounters.set(new Map(fresh));
    }
    for (const [name, packets] of Object.entries(counts)) {
      this.#hookCounters.value.get(name)?.count({ packets, bytes: 0 }, seconds, now);
    }
  }

  /** Rows of a map that is no longer open come too late to be shown. */
  #contentOf(map: number): MapContent | null {
    return this.#content.value?.map === map ? this.#content.value : null;
  }
}
