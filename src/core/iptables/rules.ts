import type { Family } from '../model';
import { rangeText, type IpRange, type PortRange } from '../net';
import type { Policy } from '../policy';
import { fingerprintOf, recordOf } from './fingerprint';
import { CHAINS, COMMENT, HOLD_CHAIN } from './names';

/** A rule in a chain that is not ours, which leads to ours. */
export interface Jump {
  chain: string;
  /** From 1, as `iptables -I` counts; null: at the end. */
  position: number | null;
  spec: string;
}

/** The part of the `nat` table that is this mode's: chains with the specs of their rules, and what leads to them. */
export interface Redirection {
  chains: { name: string; rules: string[] }[];
  jumps: Jump[];
}

/** No chain, and nothing that leads to one. */
export const NOTHING: Redirection = { chains: [], jumps: [] };

/** What the kernel's `multiport` takes in one rule (XT_MULTI_PORTS); a range counts as two. */
const MULTIPORT_LIMIT = 15;

/** The lists of a `multiport` match that together hold all the ports. */
export function multiportLists(ports: readonly PortRange[]): string[] {
  const lists: string[] = [];
  let list: string[] = [];
  let used = 0;
  for (const { first, last } of ports) {
    const cost = first === last ? 1 : 2;
    if (used + cost > MULTIPORT_LIMIT) {
      lists.push(list.join(','));
      list = [];
      used = 0;
    }
    list.push(first === last ? String(first) : `${first}:${last}`);
    used += cost;
  }
  return list.length > 0 ? [...lists, list.join(',')] : lists;
}

/** A rule's spec in the words and the order in which iptables-save prints it. */
function rule(matches: string, target: string, about?: string): string {
  const comment = about === undefined ? COMMENT : `"${COMMENT}: ${about}"`;
  return [matches, `-m comment --comment ${comment}`, `-j ${target}`].filter(Boolean).join(' ');
}

const ofFamily = (ranges: readonly IpRange[], family: Family): string[] =>
  ranges.filter((range) => range.family === family).map(rangeText);

const forPorts = (ports: readonly PortRange[], target: string, about: string): string[] =>
  multiportLists(ports).map((list) => rule(`-p tcp -m multiport --dports ${list}`, target, about));

/** Matches the packet that begins a connection (`--syn`, as iptables-save prints it). */
const NEW = '--tcp-flags FIN,SYN,RST,ACK SYN';

/**
 * The first rule of both chains. A flow that connection tracking meets in its middle is a connection older than these
 * rules: translating it would break it.
 */
export const OLDER = rule(`-p tcp -m tcp ! ${NEW}`, 'RETURN', 'older connections');

function inboundRules(policy: Policy, family: Family): string[] {
  const redirect = CHAINS.inRedirect;
  return [
    OLDER,
    ...forPorts(policy.controlPorts, 'RETURN', 'control ports'),
    ...policy.interfaceExclusions.map((name) => rule(`-i ${name}`, 'RETURN', 'excluded interface')),
    ...ofFamily(policy.inboundSourceExclusions, family).map((range) =>
      rule(`-s ${range}`, 'RETURN', 'excluded source'),
    ),
    ...forPorts(policy.inboundPortExclusions, 'RETURN', 'excluded ports'),
    ...forPorts(policy.bypassPorts, 'RETURN', 'bypass ports'),
    ...(policy.inboundPortInclusions.length > 0
      ? forPorts(policy.inboundPortInclusions, redirect, 'included ports')
      : [rule('-p tcp', redirect)]),
  ];
}

/**
 * Each a match of `owner` that tells the sidecar's sockets. Inverted and in one rule, they match what is none of them
 * (net/netfilter/xt_owner.c: each must hold).
 */
const sidecarOwners = ({ sidecarUid, sidecarGid }: Policy): string[] => [
  `--uid-owner ${sidecarUid}`,
  ...(sidecarGid === null ? [] : [`--gid-owner ${sidecarGid}`]),
];

function outboundRules(policy: Policy, family: Family): string[] {
  const loopback = family === 'ipv4' ? '127.0.0.1/32' : '::1/128';
  const redirect = CHAINS.outRedirect;
  const { outboundIpRangeInclusions } = policy;
  const owners = sidecarOwners(policy);
  return [
    OLDER,
    ...owners.map((owner) =>
      rule(`! -d ${loopback} -o lo -m owner ${owner}`, CHAINS.inRedirect, 'sidecar to its own pod'),
    ),
    rule(
      `-o lo -m owner ${owners.map((owner) => `! ${owner}`).join(' ')}`,
      'RETURN',
      'application to itself',
    ),
    ...owners.map((owner) => rule(`-m owner ${owner}`, 'RETURN', 'sidecar')),
    rule(`-d ${loopback}`, 'RETURN', 'loopback'),
    ...policy.interfaceExclusions.map((name) => rule(`-o ${name}`, 'RETURN', 'excluded interface')),
    ...ofFamily(policy.outboundIpRangeExclusions, family).map((range) =>
      rule(`-d ${range}`, 'RETURN', 'excluded range'),
    ),
    ...forPorts(policy.outboundPortExclusions, 'RETURN', 'excluded ports'),
    ...(outboundIpRangeInclusions.length > 0
      ? ofFamily(outboundIpRangeInclusions, family).map((range) =>
          rule(`-d ${range}`, redirect, 'included range'),
        )
      : [rule('', redirect)]),
  ];
}

/** What rules need to know beside the policy. */
export interface RuleFacts {
  /** The pod's own IPv4 address, for PodIP mode; null where it is not known. */
  podAddress: string | null;
}

/** What leads into the two chains that decide. */
const entries = (about?: string): Jump[] => [
  { chain: 'PREROUTING', position: null, spec: rule('-p tcp', CHAINS.inbound, about) },
  { chain: 'OUTPUT', position: null, spec: rule('-p tcp', CHAINS.outbound, about) },
];

/**
 * The rules that a policy means in one family, decision by decision those of FSM (its `GenerateIptablesCommands`). What
 * leads into them records their fingerprint. Throws RangeError for PodIP mode in IPv4 without a pod address.
 */
export function renderPolicy(policy: Policy, family: Family, facts: RuleFacts): Redirection {
  const chains = [
    { name: CHAINS.inbound, rules: inboundRules(policy, family) },
    { name: CHAINS.inRedirect, rules: [rule('-p tcp', `REDIRECT --to-ports ${policy.inboundPort}`)] },
    { name: CHAINS.outbound, rules: outboundRules(policy, family) },
    { name: CHAINS.outRedirect, rules: [rule('-p tcp', `REDIRECT --to-ports ${policy.outboundPort}`)] },
  ];
  const before = podIpRules(policy, family, facts);
  const fingerprint = fingerprintOf({ chains, jumps: [...before, ...entries()] });
  return { chains, jumps: [...before, ...entries(recordOf(fingerprint))] };
}

function podIpRules(policy: Policy, family: Family, { podAddress }: RuleFacts): Jump[] {
  if (!policy.podIpMode || family === 'ipv6') return [];
  if (podAddress === null) throw new RangeError('PodIP mode needs the address of the pod.');
  const target = `DNAT --to-destination ${podAddress}`;
  return sidecarOwners(policy).map((owner, index) => ({
    chain: 'OUTPUT',
    position: index + 1,
    spec: rule(
      `-d 127.0.0.1/32 -o lo -p tcp -m tcp ${NEW} -m owner ${owner}`,
      target,
      'sidecar to the pod address',
    ),
  }));
}

/** What stays for a while when the rules go, so that redirected connections can end in peace. */
export const HOLD: Redirection = {
  chains: [
    {
      name: HOLD_CHAIN,
      rules: [rule('-m conntrack --ctstate DNAT', 'RETURN', 'older connections end in peace')],
    },
  ],
  jumps: [],
};
