import type { MapRow } from '../../src/protocol/inspector';
import { rawSize } from '../maps/raw';

/** Characters of the widest cell that is shown whole; what a column has beside its title. */
const WIDEST = 56;
const SORT_SIGN = 3;
/** Raw bytes are written smaller. */
const HEX_SIZE = 0.9;

/**
 * How wide the columns of a map have to be, in characters. They only grow, with the rows that come: to measure all that are
 * loaded again with each change would take longer than all else, and columns that shrink under the eye are of no use.
 */
export class ColumnWidths {
  readonly #text: number[] = [];
  readonly #bytes: number[] = [];

  /** Takes what these rows need into account. */
  add(rows: readonly MapRow[]): void {
    for (const { cells } of rows) {
      for (const [column, { text, hex }] of cells.entries()) {
        this.#text[column] = Math.max(this.#text[column] ?? 0, text.length);
        const characters = hex === undefined ? 0 : rawSize(hex).characters;
        this.#bytes[column] = Math.max(this.#bytes[column] ?? 0, characters);
      }
    }
  }

  /** Of the columns with these titles; `raw`: with the bytes below the text. */
  of(columns: readonly string[], raw: boolean): number[] {
    return columns.map((title, column) => {
      const bytes = raw ? Math.ceil((this.#bytes[column] ?? 0) * HEX_SIZE) : 0;
      return Math.min(WIDEST, Math.max(title.length + SORT_SIGN, this.#text[column] ?? 0, bytes));
    });
  }
}
