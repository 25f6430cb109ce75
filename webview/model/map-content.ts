import type { MapRow, ToInspector } from '../../src/protocol/inspector';
import { Signal } from '../signal';
import { ColumnWidths } from './column-widths';

/** What the latest update did to a row. */
export type RowMark = 'none' | 'added' | 'changed';

export interface RowState {
  row: MapRow;
  mark: RowMark;
  /** For `changed`: which cells. */
  changed: boolean[];
}

/** One row, by its id. */
export interface MapEntryRow {
  key: string;
  state: Signal<RowState>;
}

/** Which rows there are, in order. Each row changes on its own. */
export interface MapRows {
  columns: string[];
  /** The same array as long as none comes and none goes. */
  rows: readonly MapEntryRow[];
  /** The map has more entries. */
  more: boolean;
  /** They are on their way. */
  loading: boolean;
  /** What the latest update did. */
  added: number;
  changed: number;
  removed: number;
}

/** Which update changed cells of rows that were there before: the latest, counted from the first. */
export interface Changes {
  any: number;
  /** By column. */
  columns: readonly number[];
  /** Of cells that have more or fewer bytes since. */
  sizes: number;
}

/** How far a search through all entries has come. */
export type MapSearch = Pick<Extract<ToInspector, { type: 'mapFound' }>, 'filter' | 'searched' | 'state'>;

/** The entries of the open map, as far as they were loaded. A change costs as much as what changed, not as what is loaded. */
export class MapContent {
  readonly map: number;
  /** What the rows need that came so far. */
  readonly widths = new ColumnWidths();
  /** `null` until the first page is here. */
  readonly rows = new Signal<MapRows | null>(null);
  /** The latest search; null before the first one. */
  readonly search = new Signal<MapSearch | null>(null);
  #changes = { any: 0, columns: [] as number[], sizes: 0 };
  #marked: Signal<RowState>[] = [];
  /** The rows that there are, by their ids. */
  #known = new Map<string, MapEntryRow>();

  constructor(map: number) {
    this.map = map;
  }

  /** A page of rows: all there are, or `append`ed to those before. */
  page(page: Omit<Extract<ToInspector, { type: 'mapRows' }>, 'type' | 'map'>): void {
    this.#clearMarks();
    const paged = page.rows.map((row): MapEntryRow => {
      const entry = this.#known.get(row.id) ?? newEntry(row);
      entry.state.set({ row, mark: 'none', changed: [] });
      return entry;
    });
    this.widths.add(page.rows);
    const ids = new Set(page.rows.map(({ id }) => id));
    const before = page.append ? (this.rows.value?.rows ?? []) : [];
    const rows = [...before.filter(({ key }) => !ids.has(key)), ...paged];
    this.#known = new Map(rows.map((entry) => [entry.key, entry]));
    const { columns, more, loading } = page;
    this.rows.set({ columns, rows, more, loading, added: 0, changed: 0, removed: 0 });
  }

  /** Whether what was worked out of the rows is so still; beside, `rows` is another array where one came or went. */
  get changes(): Changes {
    return this.#changes;
  }

  /** Whether the other entries are being loaded. */
  setLoading(loading: boolean): void {
    const now = this.rows.value;
    if (now) this.rows.set({ ...now, loading });
  }

  /** Rows of entries that were not loaded before: a search has found them. */
  found({ rows, ...search }: MapSearch & { rows: MapRow[] }): void {
    const now = this.rows.value;
    if (now && rows.length > 0) {
      const { columns, more, loading } = now;
      this.page({ columns, rows, more, loading, append: true });
    }
    this.search.set(search);
  }

  /** Changed, new and deleted rows. The marks of the update before go. */
  change(set: MapRow[], deleted: string[]): void {
    const now = this.rows.value;
    if (!now) return;
    this.#clearMarks();
    this.widths.add(set);
    this.#changes.any += 1;
    const kept = this.#without(now.rows, deleted);
    const fresh: MapEntryRow[] = [];
    for (const row of set) {
      const state = this.#known.get(row.id)?.state;
      if (state) {
        const changed = changedCells(state.value.row, row);
        this.#note(state.value.row, row, changed);
        this.#mark(state, { row, mark: 'changed', changed });
      } else {
        const entry = newEntry(row);
        this.#mark(entry.state, { row, mark: 'added', changed: [] });
        this.#known.set(entry.key, entry);
        fresh.push(entry);
      }
    }
    this.rows.set({
      ...now,
      rows: fresh.length === 0 ? kept : [...kept, ...fresh],
      added: fresh.length,
      changed: set.length - fresh.length,
      removed: now.rows.length - kept.length,
    });
  }

  #without(rows: readonly MapEntryRow[], deleted: readonly string[]): readonly MapEntryRow[] {
    const gone = new Set(deleted.filter((id) => this.#known.delete(id)));
    return gone.size === 0 ? rows : rows.filter(({ key }) => !gone.has(key));
  }

  #note(before: MapRow, after: MapRow, changed: readonly boolean[]): void {
    const changes = this.#changes;
    for (const [column, { hex }] of after.cells.entries()) {
      if (changed[column] !== true) continue;
      changes.columns[column] = changes.any;
      if (hex?.length !== before.cells[column]?.hex?.length) changes.sizes = changes.any;
    }
  }

  #mark(state: Signal<RowState>, to: RowState): void {
    state.set(to);
    this.#marked.push(state);
  }

  #clearMarks(): void {
    for (const state of this.#marked) {
      if (state.value.mark !== 'none') state.set({ row: state.value.row, mark: 'none', changed: [] });
    }
    this.#marked = [];
  }
}

function newEntry(row: MapRow): MapEntryRow {
  return { key: row.id, state: new Signal<RowState>({ row, mark: 'none', changed: [] }) };
}

function changedCells(before: MapRow, after: MapRow): boolean[] {
  return after.cells.map((cell, index) => {
    const was = before.cells[index];
    return was?.text !== cell.text || was.hex !== cell.hex;
  });
}
