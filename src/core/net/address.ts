import ipaddr from 'ipaddr.js';
import type { Family } from '../model';

/** An address as the maps of eBPF mode hold it: 16 bytes, IPv4 as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2). */
export type AddressBytes = readonly number[];

/** Reads `10.0.0.1` or `fd00::1` (no zone, no port; IPv4 with four decimal parts only). Gives null for anything else. */
export function parseAddress(text: string): { family: Family; bytes: AddressBytes } | null {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) {
    return { family: 'ipv4', bytes: ipaddr.IPv4.parse(text).toIPv4MappedAddress().toByteArray() };
  }
  if (!text.includes(':') || text.includes('%') || !ipaddr.IPv6.isValid(text)) return null;
  const address = ipaddr.IPv6.parse(text);
  return { family: address.isIPv4MappedAddress() ? 'ipv4' : 'ipv6', bytes: address.toByteArray() };
}

/** The text of 16 bytes: IPv4-mapped addresses as IPv4, others as RFC 5952 writes them. Throws on another length. */
export function addressText(bytes: AddressBytes): string {
  const address = new ipaddr.IPv6([...bytes]);
  return address.isIPv4MappedAddress() ? address.toIPv4Address().toString() : address.toRFC5952String();
}

/** True for `127.0.0.0/8` and `::1`. */
export function isLoopback(bytes: AddressBytes): boolean {
  const address = new ipaddr.IPv6([...bytes]);
  return address.isIPv4MappedAddress()
    ? address.toIPv4Address().range() === 'loopback'
    : address.range() === 'loopback';
}
