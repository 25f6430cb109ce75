import {
  distinctRanges,
  withoutMapped,
  mappedPrefix,
  otherPorts,
  parseAddress,
  parseRange,
  type IpRange,
  type PortRange,
} from '../net';
import type { Policy } from '../policy';
import type { InterfaceAddress } from '../model';
import { toHex, u32Hex } from './bytes';
import { MAX_INTERFACES, PORT_SET_SIZE, SETTINGS, type PolicyMap } from './layout';

/** What a map is to hold, keys and values in hexadecimal: what `bpf/load` takes. */
export interface MapContents {
  map: PolicyMap;
  entries: { key: string; value: string }[];
}

/** What the programs must know of a workload, beside the policy. */
export interface WorkloadFacts {
  /** The netns cookie, in decimal. */
  cookie: string;
  addresses: Pick<InterfaceAddress, 'address'>[];
  /** Every interface of the namespace. */
  interfaces: { name: string; index: number }[];
  /** The pod's own IPv4 address, for PodIP mode; null where it has none. */
  podAddress: string | null;
}

/** Indexes of the interfaces that a policy excludes; a name that ends in `+` stands for all that begin so. */
export function excludedInterfaces(
  names: readonly string[],
  interfaces: WorkloadFacts['interfaces'],
): number[] {
  const excluded = (name: string): boolean =>
    names.some((pattern) =>
      pattern.endsWith('+') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
    );
  return interfaces.filter(({ name }) => excluded(name)).map(({ index }) => index);
}

function settingsValue(policy: Policy, facts: WorkloadFacts): string {
  const bytes = new Uint8Array(SETTINGS.size);
  const view = new DataView(bytes.buffer);
  const interfaces = excludedInterfaces(policy.interfaceExclusions, facts.interfaces);
  if (interfaces.length > MAX_INTERFACES) {
    throw new RangeError(
      `${interfaces.length} interfaces are excluded; the programs take ${MAX_INTERFACES}.`,
    );
  }
  view.setBigUint64(SETTINGS.netnsCookie, BigInt(facts.cookie), true);
  view.setUint32(SETTINGS.sidecarUid, policy.sidecarUid, true);
  view.setUint16(SETTINGS.inboundPort, policy.inboundPort, true);
  view.setUint16(SETTINGS.outboundPort, policy.outboundPort, true);
  view.setUint8(SETTINGS.onlyIncludedRanges, Number(policy.outboundIpRangeInclusions.length > 0));
  view.setUint8(SETTINGS.podIpMode, Number(policy.podIpMode));
  view.setUint8(SETTINGS.matchGid, Number(policy.sidecarGid !== null));
  view.setUint32(SETTINGS.sidecarGid, policy.sidecarGid ?? 0, true);
  view.setUint32(SETTINGS.excludedInterfaceCount, interfaces.length, true);
  interfaces.forEach((index, slot) => {
    view.setUint32(SETTINGS.excludedInterfaces + slot * 4, index, true);
  });
  if (policy.podIpMode) bytes.set(addressBytes(facts.podAddress), SETTINGS.podAddress);
  return toHex(bytes);
}

function addressBytes(text: string | null): readonly number[] {
  const address = text === null ? null : parseAddress(text);
  if (!address)
    throw new RangeError(`PodIP mode needs the address of the pod, and ${text ?? 'none'} is none.`);
  return address.bytes;
}

function portSetValue(ports: readonly PortRange[]): string {
  const bytes = new Uint8Array(PORT_SET_SIZE);
  for (const { first, last } of ports) {
    for (let port = first; port <= last; port++)
      bytes[port >> 3] = (bytes[port >> 3] ?? 0) | (1 << (port & 7));
  }
  return toHex(bytes);
}

/** Inbound ports that the network reaches directly. */
function inboundPassed(policy: Policy): PortRange[] {
  const { inboundPortInclusions } = policy;
  return [
    ...policy.controlPorts,
    ...policy.inboundPortExclusions,
    ...policy.bypassPorts,
    ...(inboundPortInclusions.length > 0 ? otherPorts(inboundPortInclusions) : []),
  ];
}

/** Keys of a trie that serves both families: an IPv6 range must not take in the IPv4 addresses, which are mapped there. */
function rangeEntries(ranges: readonly IpRange[]): { key: string; value: string }[] {
  return ranges.flatMap(withoutMapped).map((range) => ({
    key: u32Hex(mappedPrefix(range)) + toHex(Uint8Array.from(range.bytes)),
    value: '01',
  }));
}

/** What the kernel routes over lo: loopback and the workload's own addresses. */
function localRanges({ addresses }: WorkloadFacts): IpRange[] {
  const ranges = ['127.0.0.0/8', '::1/128', ...addresses.map(({ address }) => address)].flatMap((text) => {
    const range = parseRange(text);
    return 'fault' in range ? [] : [range];
  });
  return distinctRanges(ranges);
}

/**
 * What the maps of eBPF mode hold for a policy: the same decisions as `renderPolicy`'s rules. Throws RangeError for more
 * than 16 excluded interfaces, and for PodIP mode without a pod address.
 */
export function mapsFromPolicy(policy: Policy, facts: WorkloadFacts): MapContents[] {
  const portSets = [policy.outboundPortExclusions, inboundPassed(policy)];
  return [
    {
      map: 'port_sets',
      entries: portSets.map((ports, index) => ({ key: u32Hex(index), value: portSetValue(ports) })),
    },
    { map: 'local_ranges', entries: rangeEntries(localRanges(facts)) },
    { map: 'excluded_ranges', entries: rangeEntries(policy.outboundIpRangeExclusions) },
    { map: 'included_ranges', entries: rangeEntries(policy.outboundIpRangeInclusions) },
    { map: 'excluded_peers', entries: rangeEntries(policy.inboundSourceExclusions) },
    { map: 'settings', entries: [{ key: u32Hex(0), value: settingsValue(policy, facts) }] },
  ];
}
