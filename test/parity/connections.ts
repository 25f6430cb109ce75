import * as fc from 'fast-check';
import { excludedInterfaces } from '../../src/core/ebpf';
import { addressText, mappedPrefix, type IpRange, type PortRange } from '../../src/core/net';
import { DEFAULT_POLICY, type Policy } from '../../src/core/policy';
import { GATEWAYS, INTERFACES, isOwn, LOOPBACK, OWN, UNSPECIFIED } from './network';
import type { Connection } from './outcome';
import { PORTS, SIDECAR_GROUP } from './policies';

const OWN_ADDRESSES: readonly string[] = INTERFACES.flatMap((name) => [...OWN[name]]);
/** Some more than once: what rules of their own apply to is to be met often. */
const OUTSIDE = [
  ...INTERFACES.flatMap((name) => [...GATEWAYS[name]]),
  ...['10.50.0.9', '10.60.0.9', '10.60.0.9', 'fd50::9', 'fd60::9', 'fd60::9'],
];
const DESTINATIONS = [...OUTSIDE, ...OUTSIDE, ...OWN_ADDRESSES, ...LOOPBACK, ...UNSPECIFIED];
/** PodIP mode is about one destination. */
const POD_IP_DESTINATIONS = [...DESTINATIONS, ...Array.from({ length: 12 }, () => '127.0.0.1')];

/** True for what answers: not a network without hosts, no broadcast, no multicast, nothing of the kernel's own. */
function isHost(address: string): boolean {
  if (DESTINATIONS.includes(address)) return true;
  if (address.includes(':')) return /^(fd(?!8[89])|2)[0-9a-f]*:/.test(address);
  const [first = 0] = address.split('.').map(Number);
  return first > 0 && first < 224 && first !== 127 && !/^10\.8[89]\.0\./.test(address);
}

const familyOf = (address: string): 4 | 6 => (address.includes(':') ? 6 : 4);

/** An address of 16 bytes as a number, one further or one before. */
function step(bytes: readonly number[], by: 1n | -1n): number[] {
  const value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const next = BigInt.asUintN(128, value + by);
  return Array.from({ length: 16 }, (_, index) => Number((next >> BigInt(8 * (15 - index))) & 0xffn));
}

/** The first and the last address of a range, and one off on either side. */
function boundaries(range: IpRange): string[] {
  const length = mappedPrefix(range);
  const last = range.bytes.map(
    (byte, index) => byte | (0xff >> Math.min(8, Math.max(0, length - index * 8))),
  );
  return [range.bytes, last, step(range.bytes, -1n), step(last, 1n)].map(addressText).filter(isHost);
}

const portBoundaries = (list: readonly PortRange[]): number[] =>
  list
    .flatMap(({ first, last }) => [first, last, first - 1, last + 1])
    .filter((port) => port > 0 && port < 65536);

const SIDECAR = DEFAULT_POLICY.sidecarUid;

/** A connection by the numbers of its choices: what they stand for depends on the policy, so that they shrink alone. */
export interface Draw {
  inbound: boolean;
  uid: number;
  gid: number;
  mapped: boolean;
  address: number;
  atBoundary: boolean;
  port: number;
  atPortBoundary: boolean;
  from: number;
}

export const draw: fc.Arbitrary<Draw> = fc.record({
  inbound: fc.boolean(),
  uid: fc.constantFrom(1000, SIDECAR, 0, SIDECAR, SIDECAR - 1, SIDECAR + 1),
  gid: fc.constantFrom(1000, SIDECAR_GROUP, 0, 1000, SIDECAR_GROUP - 1, SIDECAR_GROUP + 1),
  mapped: fc.boolean(),
  address: fc.nat(999),
  atBoundary: fc.boolean(),
  port: fc.nat(999),
  atPortBoundary: fc.boolean(),
  from: fc.nat(999),
});

const pick = <T>(list: readonly T[], number: number, otherwise: T): T =>
  list[number % list.length] ?? otherwise;

function choosePort(choice: Draw, lists: readonly PortRange[][]): number {
  const found = choice.atPortBoundary ? portBoundaries(lists.flat()) : [];
  return pick(found.length > 0 ? found : PORTS, choice.port, 80);
}

/** One of the boundaries of the ranges, or of the other addresses, as long as it `fits`. */
function chooseAddress(
  choice: Draw,
  ranges: readonly IpRange[],
  others: readonly string[],
  fits: (address: string) => boolean = () => true,
): string {
  const found = choice.atBoundary ? ranges.flatMap(boundaries).filter(fits) : [];
  return pick(found.length > 0 ? found : others, choice.address, '10.50.0.9');
}

const socketFamily = (choice: Draw, address: string): 4 | 6 => (choice.mapped ? 6 : familyOf(address));

function outbound(policy: Policy, choice: Draw): Connection {
  const ranges = [...policy.outboundIpRangeExclusions, ...policy.outboundIpRangeInclusions];
  const to = chooseAddress(choice, ranges, policy.podIpMode ? POD_IP_DESTINATIONS : DESTINATIONS);
  const excluded = excludedInterfaces(
    policy.interfaceExclusions,
    INTERFACES.map((name, index) => ({ name, index })),
  ).map((index) => INTERFACES[index] ?? null);
  // A socket bound to an interface that is not excluded reaches no sidecar, in neither mode.
  const device = isOwn(to) ? null : pick([null, ...excluded], choice.from, null);
  const sources = OWN_ADDRESSES.filter((address) => familyOf(address) === familyOf(to));
  const bindable = device === null && !UNSPECIFIED.includes(to);
  return {
    direction: 'outbound',
    uid: choice.uid,
    gid: choice.gid,
    family: socketFamily(choice, to),
    to,
    port: choosePort(choice, [policy.outboundPortExclusions]),
    from: bindable ? pick([null, null, null, null, ...sources], choice.uid + choice.port, null) : null,
    device,
  };
}

function inbound(policy: Policy, choice: Draw): Connection {
  const lists = [policy.controlPorts, policy.bypassPorts];
  const from = chooseAddress(choice, policy.inboundSourceExclusions, OUTSIDE, (address) => !isOwn(address));
  const own = OWN_ADDRESSES.filter((address) => familyOf(address) === familyOf(from));
  return {
    direction: 'inbound',
    uid: choice.uid,
    gid: choice.gid,
    family: socketFamily(choice, from),
    to: pick(own, choice.from, '10.88.0.1'),
    port: choosePort(choice, [...lists, policy.inboundPortExclusions, policy.inboundPortInclusions]),
    from,
    device: null,
  };
}

/** The connection that a draw means under a policy. */
export const connectionOf = (policy: Policy, choice: Draw): Connection =>
  choice.inbound ? inbound(policy, choice) : outbound(policy, choice);
