import { isExtension } from './targets';

/** Matches whose answer may be another one for the same packet a moment later. */
export const FICKLE: ReadonlySet<string> = new Set([
  'connlimit',
  'hashlimit',
  'limit',
  'nth',
  'quota',
  'quota2',
  'random',
  'rateest',
  'recent',
  'statistic',
]);

/** Matches that ask nothing by themselves, and whose options `ConditionReader` knows. */
export const MODELLED: ReadonlySet<string> = new Set([
  'comment',
  'conntrack',
  'multiport',
  'owner',
  'state',
  'tcp',
  'udp',
]);

/** Matches that answer by the packet, its socket or its connection: twice the same question, twice the same answer. */
export const STEADY: ReadonlySet<string> = new Set([
  ...['addrtype', 'ah', 'bpf', 'cgroup', 'comment', 'connbytes', 'connlabel', 'connmark', 'conntrack', 'cpu'],
  ...[
    'dccp',
    'devgroup',
    'dscp',
    'dst',
    'ecn',
    'esp',
    'eui64',
    'frag',
    'hbh',
    'helper',
    'hl',
    'icmp',
    'icmp6',
  ],
  ...['icmpv6', 'iprange', 'ipv6header', 'length', 'mac', 'mark', 'multiport', 'owner', 'physdev', 'pkttype'],
  ...[
    'policy',
    'realm',
    'rpfilter',
    'rt',
    'sctp',
    'set',
    'socket',
    'state',
    'string',
    'tcp',
    'tcpmss',
    'tos',
  ],
  ...['ttl', 'u32', 'udp', 'udplite'],
]);

/** What targets change that do not end the walk: later rules may then see another packet than earlier ones. */
const CHANGES: Readonly<Record<string, readonly string[]>> = {
  CONNMARK: ['connmark', 'mark'],
  CT: ['conntrack', 'state', 'helper'],
  DNPT: ['-d'],
  DSCP: ['dscp', 'tos'],
  ECN: ['ecn'],
  HL: ['hl'],
  HMARK: ['mark'],
  IPMARK: ['mark'],
  MARK: ['mark'],
  NOTRACK: ['conntrack', 'state'],
  SET: ['set'],
  SNPT: ['-s'],
  TOS: ['dscp', 'tos'],
  TTL: ['ttl'],
};

/** What a target may change that we do not know. */
const UNKNOWN = ['connmark', 'conntrack', 'dscp', 'mark', 'set', 'state', 'tos', 'ttl', 'hl'];

/**
 * The matches whose answers the targets of a table can change while a packet is on its way through it. Takes the targets
 * that are no chains.
 */
export function changedBy(targets: Iterable<string>): ReadonlySet<string> {
  return new Set(
    [...new Set(targets)].flatMap((target) =>
      Object.hasOwn(CHANGES, target) ? (CHANGES[target] ?? []) : isExtension(target) ? [] : UNKNOWN,
    ),
  );
}
