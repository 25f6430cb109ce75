import type { MapRow } from './table';

/** Whether one of a row's cells contains the filter, whatever the case. */
export function rowMatches(row: MapRow, filter: string): boolean {
  const needle = filter.trim().toLowerCase();
  return row.cells.some((cell) => cell.text.toLowerCase().includes(needle));
}
