import type { MapRow } from '../../src/protocol/inspector';

/** By which column rows are sorted; null: as the kernel gives them. */
export interface MapSort {
  column: number;
  descending: boolean;
}

/** So many digits are compared as a number: those of 64 bits. */
const DIGITS = 20;

/**
 * What text is compared by: numbers in it by their value, addresses by their parts, whatever the case. Plain strings, because
 * collators take a second for what is loaded at the most.
 */
const orderOf = (text: string): string =>
  text.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(DIGITS, '0'));

/** A copy in order. Rows that are equal in the column stay as they were among each other. */
export function sorted<T>(entries: readonly T[], rowOf: (entry: T) => MapRow, sort: MapSort | null): T[] {
  if (sort === null) return [...entries];
  const sign = sort.descending ? -1 : 1;
  return entries
    .map((entry) => ({ entry, by: orderOf(rowOf(entry).cells[sort.column]?.text ?? '') }))
    .sort((a, b) => (a.by === b.by ? 0 : a.by < b.by ? -sign : sign))
    .map(({ entry }) => entry);
}

/** What a click on a column's head leads to: up, down, and as the kernel gives them. */
export function nextSort(sort: MapSort | null, column: number): MapSort | null {
  if (sort?.column !== column) return { column, descending: false };
  return sort.descending ? null : { column, descending: true };
}
