import { hookCounts, mapNames, sourceFiles } from '../../core/ebpf';
import type { RuleWriter, Snapshot } from '../../core/model';
import type { Policy } from '../../core/policy';
import type { Agent } from '../../nodes/agent/agent';
import type { WatchChanged } from '../../nodes/agent/protocol';
import type { SeenRules, ToInspector, ViewId } from '../../protocol/inspector';
import { Disposable } from '../dispose';
import type { WorkloadEntry } from '../nodes/workload-entry';
import { ChainsView } from './chains';
import { mapViews, OpenMap, wholeSight, type MapSight } from './maps';
import { ownMap } from './own-map';
import { ProgramMeter, programViews } from './programs';
import { Tracing } from './tracing';
import { Watch } from './watch';

/** What of a workload is on the screen now. */
export interface Shown {
  view: ViewId;
  /** Null while paused: then nothing is watched. Milliseconds. */
  interval: number | null;
  rules: SeenRules;
}

export interface LiveEvents {
  /** Under which the workload is explained. */
  policy: () => Promise<Policy>;
  post: (message: ToInspector) => void;
  /** Somebody has changed its rules. */
  wrote: (writers: readonly RuleWriter[]) => void;
  failed: (error: unknown) => void;
}

/** One workload of one connection while an inspector shows it. */
export class LiveWorkload extends Disposable {
  readonly #workload: WorkloadEntry;
  readonly #agent: Agent;
  readonly #events: LiveEvents;
  readonly #watch: Watch;
  readonly #chains = new ChainsView();
  readonly tracing: Tracing;
  #shown: Shown;
  #open: OpenMap | null = null;
  /** What goes on to be read of it. */
  #reading: AsyncGenerator<ToInspector> | null = null;
  readonly #meter: ProgramMeter;
  #programs: readonly number[] = [];
  /** The map in which our programs count, if they are attached. */
  #counters: number | null = null;
  #attachments: string | null = null;
  /** Of the notification before, milliseconds by the node's clock. */
  #taken: number | null = null;
  #looking = false;
  #lookAgain = false;

  constructor(agent: Agent, workload: WorkloadEntry, shown: Shown, events: LiveEvents) {
    super();
    this.#agent = agent;
    this.#workload = workload;
    this.#shown = shown;
    this.#events = events;
    this.#watch = this._register(
      new Watch(
        agent,
        workload.id,
        () => this.#chains.known,
        (change) => {
          this.#changed(change);
        },
        events.failed,
      ),
    );
    this.tracing = this._register(
      new Tracing({
        agent,
        workload: workload.id,
        policy: events.policy,
        post: (message) => {
          this.#send(message);
        },
        failed: events.failed,
      }),
    );
    this.#meter = this._register(
      new ProgramMeter(
        agent,
        !workload.node.readOnly,
        (programs) => {
          this.#send({ type: 'programStats', programs });
        },
        events.failed,
      ),
    );
  }

  /** Sends everything, then watches what is shown. */
  async begin(): Promise<void> {
    const snapshot = await this.#observe();
    if (snapshot) {
      this.#send(...this.#chains.whole(snapshot.rulesets));
      this.#analyse(snapshot);
    }
    this.#watchWhatIsShown();
  }

  show(shown: Shown): void {
    this.#shown = shown;
    this.#watchWhatIsShown();
  }

  async readSource(program: number): Promise<void> {
    const { lines } = await this.#agent.request('programs/source', { program });
    this.#send({ type: 'programSource', program, files: sourceFiles(lines) });
  }

  async openMap(id: number): Promise<void> {
    const map = new OpenMap(this.#agent, id, () => mapNames(this.#workload.workload));
    this.#open = map;
    this.#reading = null;
    const page = await map.page('first');
    if (this.#open !== map) return;
    this.#send(page);
    this.#watchWhatIsShown();
  }

  async loadMore(id: number): Promise<void> {
    const map = this.#open;
    if (map?.id !== id) return;
    const page = await map.page('next');
    if (this.#open === map) this.#send(page);
  }

  /** Has all entries of the open map loaded, as far as so many are shown. */
  async loadAll(id: number): Promise<void> {
    if (this.#open?.id === id) await this.#read(this.#open, this.#open.all());
  }

  /** Tells of entries of the open map that match, however many there are. */
  async searchMap(id: number, filter: string): Promise<void> {
    if (this.#open?.id === id) await this.#read(this.#open, this.#open.search(filter));
  }

  stopReading(): void {
    this.#reading = null;
  }

  /** Which rows of the open map are on the screen. */
  seeRows(id: number, rows: readonly string[]): void {
    if (this.#open?.id !== id) return;
    this.#open.see(rows);
    this.#watchWhatIsShown();
  }

  /** Tells what comes of it, until something else is read. */
  async #read(map: OpenMap, reading: AsyncGenerator<ToInspector>): Promise<void> {
    this.#reading = reading;
    for await (const told of reading) {
      if (this.isDisposed || this.#open !== map || this.#reading !== reading) return;
      this.#send(told);
    }
  }

  /** Looks at the workload anew: its verdict, its maps. A call while one look is under way makes one more follow. */
  async look(): Promise<void> {
    this.#lookAgain = true;
    if (this.#looking) return;
    this.#looking = true;
    try {
      while (this.#lookAgain && !this.isDisposed) {
        this.#lookAgain = false;
        const snapshot = await this.#observe();
        if (!snapshot) continue;
        this.#analyse(snapshot);
        this.#watchWhatIsShown();
      }
    } finally {
      this.#looking = false;
    }
  }

  async #observe(): Promise<Snapshot | null> {
    const snapshot = await this.#workload.observe();
    if (snapshot) {
      this.#attachments = JSON.stringify(snapshot.attachments);
      this.#send({ type: 'maps', maps: mapViews(snapshot.maps) });
      this.#send({ type: 'programs', programs: programViews(snapshot) });
      this.#counters = ownMap(snapshot, 'counters');
      this.#programs = [...new Set(snapshot.attachments.map(({ program }) => program))];
    }
    return snapshot;
  }

  /** Rows come first, what is wrong with them after: it takes its time where there are tens of thousands. */
  #analyse({ listeners, addresses }: Snapshot): void {
    setImmediate(() => {
      if (!this.isDisposed) this.#send(this.#chains.findings({ listeners, addresses }));
    });
  }

  /** How long it is since the notification before, if that is known well enough to tell a rate by it. */
  #secondsSince(taken: number | undefined): number | null {
    const before = this.#taken;
    this.#taken = taken ?? null;
    const { interval } = this.#shown;
    if (before === null || taken === undefined || interval === null) return null;
    // Where nothing changed, there was no notification: what is told now was counted since the last look.
    const since = taken - before;
    return (since > 0 && since < interval * 2 ? since : interval) / 1000;
  }

  #changed(change: WatchChanged): void {
    if (change.gone) {
      this.#workload.node.remove(this.#workload.id);
      return;
    }
    const seconds = this.#secondsSince(change.taken);
    const rules = this.#chains.changed(change.rulesets ?? []);
    this.#send(...rules.messages);
    for (const map of change.maps ?? []) {
      if (map.map === this.#counters && 'set' in map)
        this.#send({ type: 'hookCounts', counts: hookCounts(map.set), seconds });
      if (map.map !== this.#open?.id) continue;
      if ('gone' in map) this.#open = null;
      else this.#send(this.#open.changed(map));
    }
    const attached =
      change.attachments !== undefined && JSON.stringify(change.attachments) !== this.#attachments;
    if (change.writers) this.#events.wrote(change.writers);
    if (rules.structure || attached || change.writers) this.look().catch(this.#events.failed);
  }

  #watchWhatIsShown(): void {
    if (this.isDisposed) return;
    const { view, interval, rules } = this.#shown;
    this.#meter.want(
      interval !== null && view === 'programs' ? { programs: this.#programs, interval } : null,
    );
    const maps = this.#watchedMaps(view);
    this.#watch.want(
      interval === null
        ? null
        : {
            interval,
            rulesets: view === 'chains' || view === 'path',
            maps: maps.map(({ map }) => map),
          },
      { rulesets: rules, maps },
    );
  }

  #watchedMaps(view: ViewId): MapSight[] {
    if (view === 'maps') return this.#open ? [this.#open.sight] : [];
    return view === 'path' && this.#counters !== null ? [wholeSight(this.#counters)] : [];
  }

  #send(...messages: (ToInspector | null)[]): void {
    if (this.isDisposed) return;
    for (const message of messages) if (message) this.#events.post(message);
  }
}
