import type { Family } from '../model';
import { addressText, parseAddress, type AddressBytes } from './address';

/** An address range (CIDR) without host bits. `prefix` is that of its own family: 0 to 32 or 0 to 128. */
export interface IpRange {
  family: Family;
  bytes: AddressBytes;
  prefix: number;
}

/** Why a text is not a range. `base` is the range that the writer may have meant. */
export type RangeFault =
  | { fault: 'not-a-range' }
  | { fault: 'prefix-too-long'; longest: number }
  | { fault: 'host-bits'; base: IpRange };

const width = (family: Family): number => (family === 'ipv4' ? 32 : 128);

/** The prefix length as the maps count it: an IPv4 /n is 96 + n bits long there. */
export const mappedPrefix = (range: IpRange): number => range.prefix + 128 - width(range.family);

function clearHostBits(bytes: AddressBytes, mappedLength: number): number[] {
  return bytes.map((byte, index) => {
    const kept = Math.min(8, Math.max(0, mappedLength - index * 8));
    return byte & (0xff << (8 - kept)) & 0xff;
  });
}

/** Reads `10.0.0.0/8`, `fd00::/8`, or one address. */
export function parseRange(text: string): IpRange | RangeFault {
  const [host = '', length, ...rest] = text.trim().split('/');
  const address = parseAddress(host);
  if (!address || rest.length > 0) return { fault: 'not-a-range' };
  const longest = width(address.family);
  if (length !== undefined && !/^\d{1,3}$/.test(length)) return { fault: 'not-a-range' };
  const prefix = length === undefined ? longest : Number(length);
  if (prefix > longest) return { fault: 'prefix-too-long', longest };
  const range = { family: address.family, bytes: address.bytes, prefix };
  const base = { ...range, bytes: clearHostBits(address.bytes, mappedPrefix(range)) };
  return base.bytes.every((byte, index) => byte === address.bytes[index])
    ? range
    : { fault: 'host-bits', base };
}

/** `10.0.0.0/8`; one address has its `/32` or `/128`. */
export function rangeText(range: IpRange): string {
  return `${addressText(range.bytes)}/${range.prefix}`;
}

/** True if every address of `inner` is one of `outer`. */
export function containsRange(outer: IpRange, inner: IpRange): boolean {
  return outer.prefix <= inner.prefix && containsAddress(outer, inner);
}

/** True if the address is in the range. An IPv4 address is in no IPv6 range, not even in `::/0`. */
export function containsAddress(range: IpRange, address: { family: Family; bytes: AddressBytes }): boolean {
  const length = mappedPrefix(range);
  return (
    range.family === address.family &&
    clearHostBits(address.bytes, length).every((byte, index) => byte === range.bytes[index])
  );
}

/** The bits of ::ffff:0:0/96, under which IPv4 addresses are mapped. */
const MAPPED = { length: 96, bytes: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0] };

/**
 * The range in parts that hold no IPv4-mapped address. All ranges but those of IPv6 that contain ::ffff:0:0/96 (such as
 * `::/0`) are their own only part; of those, what leaves the way to the mapped ones at each bit.
 */
export function withoutMapped(range: IpRange): IpRange[] {
  const { family, prefix } = range;
  if (family === 'ipv4' || prefix > MAPPED.length) return [range];
  if (clearHostBits(MAPPED.bytes, prefix).some((byte, index) => byte !== range.bytes[index])) return [range];
  return Array.from({ length: MAPPED.length - prefix }, (_, index): IpRange => {
    const bit = prefix + index;
    const bytes = clearHostBits(MAPPED.bytes, bit + 1);
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (0x80 >> (bit & 7));
    return { family, bytes, prefix: bit + 1 };
  });
}

/** Each range once, in the order in which they came. */
export function distinctRanges(ranges: readonly IpRange[]): IpRange[] {
  return [...new Map(ranges.map((range) => [rangeText(range), range])).values()];
}

/** Every address of a family. */
export const DEFAULT_ROUTES: Readonly<Record<Family, IpRange>> = {
  ipv4: { family: 'ipv4', prefix: 0, bytes: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0] },
  ipv6: { family: 'ipv6', prefix: 0, bytes: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] },
};

/** The range that an address lies in; null where it is no address. */
export function rangeAround(address: string, prefix: number): IpRange | null {
  const range = parseRange(`${address}/${prefix}`);
  if (!('fault' in range)) return range;
  return range.fault === 'host-bits' ? range.base : null;
}

/**
 * Addresses from the middle of a range, where neither its first ones (gateways, hosts) nor its last are; the range's only
 * one where it has no more.
 */
export function addressesIn(range: IpRange): string[] {
  const length = mappedPrefix(range);
  const filled = [0xaa, 0x55].map((pattern) =>
    range.bytes.map((byte, index) => {
      const kept = Math.min(8, Math.max(0, length - index * 8));
      return byte | (pattern & ~(0xff << (8 - kept)) & 0xff);
    }),
  );
  return [...new Set(filled.map(addressText))];
}
