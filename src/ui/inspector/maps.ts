import { mapPurpose, mapTable, withNames, type MapNames, type MapRow, type MapTable } from '../../core/ebpf';
import type { MapEntry, MapInfo } from '../../core/model';
import type { Agent } from '../../nodes/agent/agent';
import type { WatchChanged } from '../../nodes/agent/protocol';
import type { MapView, ToInspector } from '../../protocol/inspector';

/** Entries a page: some screens full. */
const PAGE = 200;

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
