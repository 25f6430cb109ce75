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
import type { WatchChanged } from '../../nodes/agent/protocol';
import type { MapView, ToInspector } from '../../protocol/inspector';

/** Entries a page: some screens full. */
const PAGE = 200;

/** Entries that are looked through at a time, and how many matches end a search: more than anybody reads. */
const SEARCHED = 5000;
const ENOUGH = 1000;

type Change = NonNullable<WatchChanged['maps']>[number];

/** The list of maps, for showing. */
export function mapViews(maps: readonly MapInfo[]): MapView[] {
  return maps.map((map) => ({ ...map, purpose: mapPurpose(map.name) }));
}

/** The entries of one open map, as far as they were sent. */
export class OpenMap {
  readonly id: number;
  readonly #agent: Agent;
  readonly #names: () => MapNames;
  /** Keys of the entries that were sent. */
  readonly #keys = new Set<string>();
  /** What was last sent of each row: a change that shows nothing new is not sent. */
  readonly #rows = new Map<string, string>();
  #table: MapTable | null = null;
  #next: string | null = null;
  /** The first notification of a watch tells all entries, not only changed ones. */
  #whole = true;

  /** `names`: what numbers stand for now. */
  constructor(agent: Agent, id: number, names: () => MapNames) {
    this.#agent = agent;
    this.#names = names;
    this.id = id;
  }

  /** The first page, or the page after the last one. Null when there is none. Rejects with `AgentError`. */
  async page(which: 'first' | 'next'): Promise<ToInspector | null> {
    if (which === 'next' && this.#next === null) return null;
    const cursor = which === 'first' ? null : this.#next;
    const page = await this.#agent.request('maps/dump', { map: this.id, cursor, limit: PAGE });
    if (which === 'first') this.#forget();
    const table = mapTable(page);
    this.#table = table;
    this.#next = page.next;
    for (const { key } of page.entries) this.#keys.add(key);
    return {
      type: 'mapRows',
      map: this.id,
      columns: table.columns,
      rows: this.#fresh(this.#rowsOf(table, page.entries)),
      more: page.next !== null,
      append: which === 'next',
    };
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
      const page: MapPage = await this.#agent.request('maps/dump', { map: this.id, cursor, limit: SEARCHED });
      const table = mapTable(page);
      cursor = page.next;
      searched += page.entries.length;
      const matching = page.entries.flatMap((entry) => {
        const rows = this.#rowsOf(table, [entry]).filter((row) => rowMatches(row, filter));
        if (rows.length > 0) this.#keys.add(entry.key);
        return rows;
      });
      found += matching.length;
      yield {
        ...{ type: 'mapFound', map: this.id, filter, rows: this.#fresh(matching), searched },
        state: cursor === null ? 'whole' : found < ENOUGH ? 'searching' : 'enough',
      };
    }
  }

  /** The watch was started anew: its next notification is whole. */
  expectWhole(): void {
    this.#whole = true;
  }

  /** What a notification of the watch shows that was not sent before; null if nothing. */
  changed(change: Extract<Change, { set: MapEntry[] }>): ToInspector | null {
    const table = this.#table;
    if (table === null) return null;
    const whole = this.#whole;
    this.#whole = false;
    const present = new Set(change.set.map(({ key }) => key));
    const gone = whole ? [...this.#keys].filter((key) => !present.has(key)) : change.delete;
    const deleted = gone.filter((key) => this.#keys.delete(key)).flatMap((key) => table.rowIdsOf(key));
    for (const id of deleted) this.#rows.delete(id);
    // A whole notification holds entries of pages that nobody asked for: they stay away.
    const wanted = change.set.filter(({ key }) => !whole || this.#next === null || this.#keys.has(key));
    for (const { key } of wanted) this.#keys.add(key);
    const set = this.#fresh(this.#rowsOf(table, wanted));
    return set.length + deleted.length === 0
      ? null
      : { type: 'mapChanged', map: this.id, set, delete: deleted };
  }

  #rowsOf(table: MapTable, entries: readonly MapEntry[]): MapRow[] {
    const names = this.#names();
    return entries.flatMap((entry) => table.rowsOf(entry)).map((row) => withNames(table.columns, row, names));
  }

  /** The rows that are not on the screen as they are. */
  #fresh(rows: MapRow[]): MapRow[] {
    return rows.filter((row) => {
      const print = JSON.stringify(row.cells);
      if (this.#rows.get(row.id) === print) return false;
      this.#rows.set(row.id, print);
      return true;
    });
  }

  #forget(): void {
    this.#keys.clear();
    this.#rows.clear();
  }
}
