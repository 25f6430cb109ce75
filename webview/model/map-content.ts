import type { MapRow, ToInspector } from '../../src/protocol/inspector';
import { Signal } from '../signal';

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
  rows: MapEntryRow[];
  /** The map has more entries. */
  more: boolean;
  /** They are on their way. */
  loading: boolean;
  /** What the latest update did. */
  added: number;
  changed: number;
  removed: number;
}

/** How far a search through all entries has come. */
export type MapSearch = Pick<Extract<ToInspector, { type: 'mapFound' }>, 'filter' | 'searched' | 'state'>;

/** The entries of the open map, as far as they were loaded. */
export class MapContent {
  readonly map: number;
  /** `null` until the first page is here. */
  readonly rows = new Signal<MapRows | null>(null);
  /** The latest search; null before the first one. */
  readonly search = new Signal<MapSearch | null>(null);
  #marked: Signal<RowState>[] = [];

  constructor(map: number) {
    this.map = map;
  }

  /** A page of rows: all there are, or `append`ed to those before. */
  page(page: Omit<Extract<ToInspector, { type: 'mapRows' }>, 'type' | 'map'>): void {
    const before = this.rows.value?.rows ?? [];
    const known = new Map(before.map((entry) => [entry.key, entry]));
    const paged = page.rows.map((row) => {
      const entry = known.get(row.id);
      if (!entry) return { key: row.id, state: new Signal<RowState>({ row, mark: 'none', changed: [] }) };
      entry.state.set({ row, mark: 'none', changed: [] });
      return entry;
    });
    const ids = new Set(page.rows.map((row) => row.id));
    const rows = page.append ? [...before.filter((entry) => !ids.has(entry.key)), ...paged] : paged;
    this.#clearMarks();
    const { columns, more, loading } = page;
    this.rows.set({ columns, rows, more, loading, added: 0, changed: 0, removed: 0 });
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
    const gone = new Set(deleted);
    const rows = now.rows.filter((entry) => !gone.has(entry.key));
    const removed = now.rows.length - rows.length;
    const known = new Map(rows.map((entry) => [entry.key, entry.state]));
    let added = 0;
    for (const row of set) {
      const state = known.get(row.id);
      if (state) this.#mark(state, { row, mark: 'changed', changed: changedCells(state.value.row, row) });
      else {
        const fresh = new Signal<RowState>({ row, mark: 'none', changed: [] });
        this.#mark(fresh, { row, mark: 'added', changed: [] });
        rows.push({ key: row.id, state: fresh });
        added++;
      }
    }
    this.rows.set({ ...now, rows, added, changed: set.length - added, removed });
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

function changedCells(before: MapRow, after: MapRow): boolean[] {
  return after.cells.map((cell, index) => {
    const was = before.cells[index];
    return was?.text !== cell.text || was.hex !== cell.hex;
  });
}
