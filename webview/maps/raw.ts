export type ByteOrder = 'little' | 'big';

/** As many bytes as are read as a number. */
const NUMBER_BYTES = 8;

/** Bytes in a line of raw ones. */
const LINE_BYTES = 16;

/** Bytes with a space between them, in lines. */
export function rawLines(hex: string): string[] {
  const lines = hex.match(new RegExp(`.{1,${2 * LINE_BYTES}}`, 'g')) ?? [];
  return lines.map((line) => line.replace(/(..)(?=.)/g, '$1 '));
}

/** How many lines raw bytes take, and how many characters the longest of them has. */
export function rawSize(hex: string): { lines: number; characters: number } {
  const bytes = hex.length / 2;
  return {
    lines: Math.ceil(bytes / LINE_BYTES),
    characters: Math.max(0, Math.min(bytes, LINE_BYTES) * 3 - 1),
  };
}

/** Whether bytes are so few that they are read as a number. */
export const isNumber = (hex: string): boolean => hex.length > 0 && hex.length / 2 <= NUMBER_BYTES;

/** The unsigned number that a few bytes are in this order; null where they are too many. */
export function rawNumber(hex: string, order: ByteOrder): string | null {
  if (!isNumber(hex)) return null;
  const bytes = hex.match(/../g) ?? [];
  return String(BigInt(`0x${(order === 'big' ? bytes : bytes.toReversed()).join('')}`));
}
