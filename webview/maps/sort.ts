import type { MapRow } from '../../src/protocol/inspector';

/** By which column rows are sorted; null: as the kernel gives them. */
export interface MapSort {
  column: number;
  descending: boolean;
}

/** Numbers by their value, addresses by their parts, words as people sort them. */
const collator = new Intl.Collator('en', { numeric: true });

/** A copy in order. Rows that are equal in the column stay as they were among each other. */
export function sorted<T>(entries: readonly T[], rowOf: (entry: T) => MapRow, sort: MapSort | null): T[] {
  if (sort === null) return [...entries];
  const text = (entry: T): string => rowOf(entry).cells[sort.column]?.text ?? '';
  const sign = sort.descending ? -1 : 1;
  return [...entries].sort((a, b) => sign * collator.compare(text(a), text(b)));
}

/** What a click on a column's head leads to: up, down, and as the kernel gives them. */
export function nextSort(sort: MapSort | null, column: number): MapSort | null {
  if (sort?.column !== column) return { column, descending: false };
  return sort.descending ? null : { column, descending: true };
}
