import type { MapRow } from '../../src/protocol/inspector';
import { isNumber, rawSize } from './raw';

/** Pixels, as maps.css has them: a row, a line of raw bytes, and what they are as a number, with its margin. */
const ROW = 22;
const HEX_LINE = 16;
const NUMBER = 20;
/** More than these are scrolled in their cell. */
const HEX_LINES = 5;

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
