export type ByteOrder = 'little' | 'big';

/** As many bytes as are read as a number. */
const NUMBER_BYTES = 8;

/** A byte, a space: so that long values wrap between bytes. */
export function spaced(hex: string): string {
  return hex.replace(/(..)(?=.)/g, '$1 ');
}

/** The unsigned number that a few bytes are in this order; null where they are too many. */
export function rawNumber(hex: string, order: ByteOrder): string | null {
  const bytes = hex.match(/../g) ?? [];
  if (bytes.length === 0 || bytes.length > NUMBER_BYTES) return null;
  return String(BigInt(`0x${(order === 'big' ? bytes : bytes.toReversed()).join('')}`));
}
