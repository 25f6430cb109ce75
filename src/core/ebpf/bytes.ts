/** The two digits of each byte. */
const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Bytes as lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += DIGITS[byte] ?? '';
  return text;
}

/** What a character's code means as a hexadecimal digit; -1 for others. */
function digit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = (code | 32) - 97;
  return letter >= 0 && letter < 6 ? letter + 10 : -1;
}

/** The bytes of hexadecimal digits; digits that make no whole byte are passed over. */
export function fromHex(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length >> 1);
  let length = 0;
  for (let at = 0; at + 1 < hex.length;) {
    const [high, low] = [digit(hex.charCodeAt(at)), digit(hex.charCodeAt(at + 1))];
    const whole = high >= 0 && low >= 0;
    if (whole) bytes[length++] = high * 16 + low;
    at += whole ? 2 : 1;
  }
  return bytes.subarray(0, length);
}

/** An unsigned or signed number of any width up to 8 bytes, lowest byte first as every BPF target of ours has it. */
export function readInteger(bytes: Uint8Array, signed: boolean): bigint {
  const value = bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return signed ? BigInt.asIntN(bytes.length * 8, value) : value;
}

/** 4 bytes, lowest first: the key of every array map. */
export function u32Hex(value: number): string {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return toHex(bytes);
}
