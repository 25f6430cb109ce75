import type { MapRow } from '../../src/protocol/inspector';
import { isNumber, rawSize } from './raw';

/** Pixels, as maps.css has them: a row, a line of raw bytes, and what they are as a number, with its margin. */
const ROW = 22;
const HEX_LINE = 16;
const NUMBER = 20;
/** More than these are scrolled in their cell. */
const HEX_LINES = 5;

/** Characters of the widest cell that is shown whole; what a column has beside its title. */
const WIDEST = 56;
const SORT_SIGN = 3;
/** Raw bytes are written smaller. */
const HEX_SIZE = 0.9;

/** How high a row is, in pixels, which follows from what it shows. */
export function rowHeight(row: MapRow, raw: boolean): number {
  if (!raw) return ROW;
  const below = row.cells.map(({ hex }) => {
    if (hex === undefined) return 0;
    const lines = Math.min(HEX_LINES, rawSize(hex).lines);
    return lines * HEX_LINE + (isNumber(hex) ? NUMBER : 0);
  });
  return ROW + Math.max(0, ...below);
}

/** How wide each column has to be for these rows, in characters. */
export function columnWidths(columns: readonly string[], rows: readonly MapRow[], raw: boolean): number[] {
  const widths = columns.map((title) => Math.min(WIDEST, title.length + SORT_SIGN));
  for (const { cells } of rows) {
    for (const [column, { text, hex }] of cells.entries()) {
      const bytes = raw && hex !== undefined ? rawSize(hex).characters * HEX_SIZE : 0;
      const width = Math.min(WIDEST, Math.max(text.length, Math.ceil(bytes)));
      if (width > (widths[column] ?? 0)) widths[column] = width;
    }
  }
  return widths;
}
