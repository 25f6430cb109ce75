import {
  mapPurpose,
  mapTable,
  rowMatches,
  withNames,
  type MapNames,
  type MapRow,
  type MapTable,
} from '../../core/ebpf';
import type { MapEntry, MapInfo, MapPage } from '../../core/model';
import type { Agent } from '../../nodes/agent/agent';
import type { Params, WatchChanged } from '../../nodes/agent/protocol';
import type { MapView, ToInspector } from '../../protocol/inspector';
import { LOADED_ROWS } from '../../protocol/limits';

/** Entries a page: some screens full. */
const PAGE = 200;

/** Entries that are read at a time where all are, and how many matches end a search: more than anybody reads. */
const AT_A_TIME = 5000;
const ENOUGH = 1000;

type Change = NonNullable<WatchChanged['maps']>[number];

/** What is seen of a map, as `watch/visible` takes it. */
export type MapSight = Params<'watch/visible'>['maps'][number];

/** The list of maps, for showing. */
export function mapViews(maps: readonly MapInfo[]): MapView[] {
  return maps.map((map) => ({ ...map, purpose: mapPurpose(map.name) }));
}

/** A small map, all of which is followed wherever it is looked at. */
export const wholeSight = (map: number): MapSight => ({ map, keys: [], page: { after: null, limit: PAGE } });

/** The entries of one open map, as far as they were sent. */
export class OpenMap {
  readonly id: number;
  readonly #agent: Agent;
  readonly #names: () => MapNames;
  /** Of each entry that was sent: the page that it was read with, by its place in `#pages`; null: a search found it. */
  readonly #pageOf = new Map<string, number | null>();
  /** After which key each page begins, in the kernel's order. */
  #pages: (string | null)[] = [];
  /** Of each row that was sent: its entry's key, and what was last sent: a change that shows nothing new is not sent. */
  readonly #rows = new Map<string, { key: string; print: string }>();
  #table: MapTable | null = null;
  #next: string | null = null;
  /** Of the rows that are on the screen. */
  #seen: readonly string[] = [];

  /** `names`: what numbers stand for now. */
  constructor(agent: Agent, id: number, names: () => MapNames) {
    this.#agent = agent;
    this.#names = names;
    this.id = id;
  }

  /** The first page, or the page after the last one. Null when there is none. Rejects with `AgentError`. */
  async page(which: 'first' | 'next'): Promise<ToInspector | null> {
    if (which === 'next' && this.#next === null) return null;
    const after = which === 'first' ? null : this.#next;
    const page = await this.#read(after, PAGE);
    if (which === 'first') this.#forget();
    return this.#take(page, after, false);
  }

  /** All that were not sent, page by page, until so many rows were that no more are shown. Rejects with `AgentError`. */
  async *all(): AsyncGenerator<ToInspector> {
    while (this.#next !== null && this.#rows.size < LOADED_ROWS) {
      const after: string = this.#next;
      const page = await this.#read(after, AT_A_TIME);
      const loaded = this.#rows.size + page.entries.length;
      yield this.#take(page, after, page.next !== null && loaded < LOADED_ROWS);
    }
  }

  /**
   * Looks for rows that match among the entries that were not sent, page by page, and tells after each how far it has come.
   * Entries may come and go meanwhile. Rejects with `AgentError`.
   */
  async *search(filter: string): AsyncGenerator<ToInspector> {
    let cursor = this.#next;
    let searched = 0;
    let found = 0;
    while (cursor !== null && found < ENOUGH) {
      const page: MapPage = await this.#read(cursor, AT_A_TIME);
      const table = mapTable(page);
      cursor = page.next;
      searched += page.entries.length;
      const rows: MapRow[] = [];
      for (const entry of page.entries) {
        const matching = this.#rowsOf(table, entry).filter((row) => rowMatches(row, filter));
        found += matching.length;
        if (matching.length > 0) rows.push(...this.#fresh(entry.key, matching, null));
      }
      yield {
        ...{ type: 'mapFound', map: this.id, filter, rows, searched },
        state: cursor === null ? 'whole' : found < ENOUGH ? 'searching' : 'enough',
      };
    }
  }

  /** Which of its rows are on the screen from now on, by their ids. */
  see(rows: readonly string[]): void {
    this.#seen = rows;
  }

  /** What of it is to be followed: what is on the screen, and new entries on the page where that is. */
  get sight(): MapSight {
    const keys = [...new Set(this.#seen.flatMap((id) => this.#rows.get(id)?.key ?? []))];
    const page = keys.map((key) => this.#pageOf.get(key) ?? null).find((at) => at !== null) ?? 0;
    // After the last entry of all, there may be others one day.
    const isLast = this.#next === null && page >= this.#pages.length - 1;
    return {
      map: this.id,
      keys,
      page: { after: this.#pages[page] ?? null, limit: isLast ? 2 * PAGE : PAGE },
    };
  }

  /** What a notification of the watch shows that was not sent before; null if nothing. */
  changed(change: Extract<Change, { set: MapEntry[] }>): ToInspector | null {
    const table = this.#table;
    if (table === null) return null;
    const deleted = change.delete
      .filter((key) => this.#pageOf.delete(key))
      .flatMap((key) => table.rowIdsOf(key));
    for (const id of deleted) this.#rows.delete(id);
    const set = change.set.flatMap((entry) =>
      this.#fresh(entry.key, this.#rowsOf(table, entry), this.#pageOf.get(entry.key) ?? null),
    );
    return set.length + deleted.length === 0
      ? null
      : { type: 'mapChanged', map: this.id, set, delete: deleted };
  }

  #read(cursor: string | null, limit: number): Promise<MapPage> {
    return this.#agent.request('maps/dump', { map: this.id, cursor, limit });
  }

  /** Has these entries sent, which come after this key. */
  #take(page: MapPage, after: string | null, loading: boolean): ToInspector {
    const table = mapTable(page);
    this.#table = table;
    const rows = page.entries.flatMap((entry, at) => {
      if (at % PAGE === 0) this.#pages.push(page.entries[at - 1]?.key ?? after);
      return this.#fresh(entry.key, this.#rowsOf(table, entry), this.#pages.length - 1);
    });
    this.#next = page.next;
    const how = { more: page.next !== null, append: after !== null, loading };
    return { type: 'mapRows', map: this.id, columns: table.columns, rows, ...how };
  }

  #rowsOf(table: MapTable, entry: MapEntry): MapRow[] {
    const names = this.#names();
    return table.rowsOf(entry).map((row) => withNames(table.columns, row, names));
  }

  /** Takes note of an entry's rows. Gives those that were not sent as they are. */
  #fresh(key: string, rows: readonly MapRow[], page: number | null): MapRow[] {
    this.#pageOf.set(key, page);
    return rows.filter((row) => {
      const print = JSON.stringify(row.cells);
      if (this.#rows.get(row.id)?.print === print) return false;
      this.#rows.set(row.id, { key, print });
      return true;
    });
  }

  #forget(): void {
    this.#pageOf.clear();
    this.#rows.clear();
    this.#pages = [];
    this.#next = null;
    this.#seen = [];
  }
}
