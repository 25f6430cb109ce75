import type { BtfMember, BtfType } from '../model';
import { addressText, portRangeText } from '../net';
import { readInteger, toHex } from './bytes';
import { ORIGIN_ROLES } from './layout';

/** The bytes of one member. */
const slice = (bytes: Uint8Array, { offset, type }: BtfMember): Uint8Array =>
  bytes.subarray(offset, offset + type.size);

/** A type without its other names. */
export function resolve(type: BtfType): BtfType {
  return type.kind === 'typedef' ? resolve(type.type) : type;
}

/** `struct range`: `10.0.0.0/8`. */
export function rangeKeyText(bytes: Uint8Array): string {
  const length = Number(readInteger(bytes.subarray(0, 4), false));
  const address = addressText([...bytes.subarray(4, 20)]);
  return `${address}/${length >= 96 && !address.includes(':') ? length - 96 : length}`;
}

/** `struct port_set`: `22, 8000-8010`. */
export function portSetText(bytes: Uint8Array): string {
  const has = (port: number): boolean => ((bytes[port >> 3] ?? 0) & (1 << (port & 7))) !== 0;
  const texts: string[] = [];
  for (let first = 0; first < bytes.length * 8; first++) {
    if (!has(first)) {
      // Nearly all bytes have none.
      if (bytes[first >> 3] === 0) first |= 7;
      continue;
    }
    let last = first;
    while (has(last + 1)) last++;
    texts.push(portRangeText({ first, last }));
    first = last;
  }
  return texts.length === 0 ? 'none' : texts.join(', ');
}

/** Structs that mean more than their members, by name and size: ours, and the kernel's addresses. */
const READERS: Record<string, (bytes: Uint8Array) => string> = {
  'address 16': (bytes) => addressText([...bytes]),
  'in6_addr 16': (bytes) => addressText([...bytes]),
  'in_addr 4': (bytes) => bytes.join('.'),
  'range 20': rangeKeyText,
  'port_set 8192': portSetText,
};

function readerOf(type: BtfType): ((bytes: Uint8Array) => string) | null {
  if (!('name' in type)) return null;
  const key = `${type.name} ${type.size}`;
  return Object.hasOwn(READERS, key) ? (READERS[key] ?? null) : null;
}

/** True for what is read as one value, and not member by member. */
export const isWhole = (type: BtfType): boolean => type.kind !== 'struct' || readerOf(type) !== null;

/** True for members that hold nothing. */
export const isPadding = ({ name }: BtfMember): boolean => /^(_*pad(ding)?\d*)?$/.test(name);

/** One member of a struct, whose name and owner may say more than its type. */
export function memberText(owner: string, member: BtfMember, bytes: Uint8Array): string {
  const own = slice(bytes, member);
  if (owner === 'origin' && member.name === 'role') return ORIGIN_ROLES[own[0] ?? 0] ?? String(own[0]);
  return valueText(member.type, own);
}

/** A port in network order, by the kernel's name of the type. */
const bigEndian = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes).reverse();

function arrayText(type: Extract<BtfType, { kind: 'array' }>, bytes: Uint8Array): string {
  const element = resolve(type.element);
  if (element.kind === 'int' && element.size === 1) return bytesText(element.name, bytes);
  const texts = Array.from({ length: type.count }, (_, index) =>
    valueText(type.element, bytes.subarray(index * element.size, (index + 1) * element.size)),
  );
  while (texts.length > 1 && texts.at(-1) === texts.at(-2) && texts.at(-1) === '0') texts.pop();
  return `[${texts.join(', ')}]`;
}

/** Characters up to the first NUL where all are printable; hexadecimal digits else. */
function bytesText(name: string, bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  const text = String.fromCharCode(...(end < 0 ? bytes : bytes.subarray(0, end)).subarray(0, 256));
  return name === 'char' && /^[ -~]+$/.test(text) ? text : toHex(bytes);
}

/** The agent names an enum's values by their signed number. */
function enumText(type: Extract<BtfType, { kind: 'enum' }>, bytes: Uint8Array): string {
  const number = String(readInteger(bytes, true));
  return Object.hasOwn(type.values, number)
    ? (type.values[number] ?? number)
    : String(readInteger(bytes, false));
}

/** Bytes as what their type says they are. Never throws: bytes too few for the type are shown as they are. */
export function valueText(type: BtfType | null, bytes: Uint8Array): string {
  if (!type || bytes.length < type.size || bytes.length === 0) return toHex(bytes);
  const reader = readerOf(type);
  if (reader) return reader(bytes);
  switch (type.kind) {
    case 'int':
      return type.size <= 8 ? String(readInteger(bytes.subarray(0, type.size), type.signed)) : toHex(bytes);
    case 'enum':
      return enumText(type, bytes.subarray(0, type.size));
    case 'typedef':
      return valueText(type.type, /^(__be|be)(16|32|64)$/.test(type.name) ? bigEndian(bytes) : bytes);
    case 'array':
      return arrayText(type, bytes);
    case 'struct':
      return structText(type, bytes);
    case 'unknown':
      return toHex(bytes);
  }
}

function structText(type: Extract<BtfType, { kind: 'struct' }>, bytes: Uint8Array): string {
  const members = type.members.filter((member) => !isPadding(member));
  return `{ ${members.map((member) => `${member.name}: ${memberText(type.name, member, bytes)}`).join(', ')} }`;
}
