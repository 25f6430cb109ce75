import { hookCounts, mapTable, type MapTable } from '../../core/ebpf';
import type { MapPage, Snapshot } from '../../core/model';
import { endpointText } from '../../core/trace';
import type { Agent } from '../../nodes/agent/agent';
import type { WatchChanged } from '../../nodes/agent/protocol';
import type { TraceQuery } from '../../protocol/trace';
import { Disposable } from '../dispose';
import { wholeSight } from './maps';
import { ownMap } from './own-map';
import { Watch } from './watch';

/** How often the maps are looked at, in milliseconds. */
const INTERVAL = 250;

/** Entries that are read of a map at first: as many as the agent gives at a time. */
const ENTRIES = 10_000;

/** Lines that are kept: the latest. */
const LINES = 20;

/** What our programs do while a connection is watched: what they count, and which destinations they keep. */
export class HookEvents extends Disposable {
  readonly #query: TraceQuery;
  readonly #changed: () => void;
  readonly #counters: number | null;
  readonly #origins: number | null;
  #first: Record<string, number> | null = null;
  #now: Record<string, number> = {};
  #table: MapTable | null = null;
  /** Sockets for which a destination was kept already. */
  readonly #known = new Set<string>();
  readonly #kept: string[] = [];

  constructor(
    agent: Agent,
    workload: string,
    snapshot: Snapshot,
    query: TraceQuery,
    changed: () => void,
    failed: (error: unknown) => void,
  ) {
    super();
    this.#query = query;
    this.#changed = changed;
    this.#counters = ownMap(snapshot, 'counters');
    this.#origins = ownMap(snapshot, 'origins');
    const watch = this._register(
      new Watch(
        agent,
        workload,
        () => [],
        (change) => {
          this.#look(change);
        },
        failed,
      ),
    );
    this.#begin(agent, watch).catch(failed);
  }

  /** For showing, a line each. Counters are those of all connections of the workload. */
  lines(): string[] {
    const counted = Object.entries(this.#now).flatMap(([name, count]) => {
      const more = count - (this.#first?.[name] ?? count);
      return more > 0 ? [`counted, of all connections: ${name} +${more}`] : [];
    });
    return [...counted, ...this.#kept];
  }

  /** What is there before anything is watched is not news. */
  async #begin(agent: Agent, watch: Watch): Promise<void> {
    const whole = (map: number): Promise<MapPage> =>
      agent.request('maps/dump', { map, cursor: null, limit: ENTRIES });
    if (this.#counters !== null) this.#count(hookCounts((await whole(this.#counters)).entries));
    if (this.#origins !== null) {
      const page = await whole(this.#origins);
      this.#table = mapTable(page);
      for (const { key } of page.entries) this.#known.add(key);
    }
    const maps = [this.#counters, this.#origins].filter((id) => id !== null);
    if (this.isDisposed) return;
    watch.want(
      { rulesets: false, maps, interval: INTERVAL },
      { rulesets: [], maps: maps.map((map) => wholeSight(map)) },
    );
  }

  #look(change: WatchChanged): void {
    for (const map of change.maps ?? []) {
      if (!('set' in map)) continue;
      if (map.map === this.#counters) this.#count(hookCounts(map.set));
      if (map.map === this.#origins) this.#keep(map.set);
    }
    this.#changed();
  }

  #count(counts: Record<string, number>): void {
    this.#first ??= counts;
    this.#now = { ...this.#now, ...counts };
  }

  /** Sockets for which our programs keep a destination: new ones of the one that is watched are told. */
  #keep(entries: Extract<NonNullable<WatchChanged['maps']>[number], { set: unknown }>['set']): void {
    for (const entry of entries) {
      const isNew = !this.#known.has(entry.key);
      this.#known.add(entry.key);
      const cells = this.#table?.rowsOf(entry)[0]?.cells.map(({ text }) => text) ?? [];
      const { destination, port } = this.#query;
      if (!isNew || !cells.includes(endpointText(destination, port))) continue;
      this.#kept.push(
        `kept ${destination} port ${port} for the socket ${entry.socket?.local ?? entry.key} → ${entry.socket?.remote ?? ''}`,
      );
      this.#kept.splice(0, this.#kept.length - LINES);
    }
  }
}
