/**
 * bpf/programs/layout.h in TypeScript: the layout of the maps of eBPF mode. A unit test compares it with the BTF of the
 * prebuilt object.
 */

/** Offsets in `struct settings`. */
export const SETTINGS = {
  size: 112,
  netnsCookie: 0,
  sidecarUid: 8,
  inboundPort: 12,
  outboundPort: 14,
  onlyIncludedRanges: 16,
  podIpMode: 17,
  matchGid: 18,
  excludedInterfaceCount: 20,
  excludedInterfaces: 24,
  podAddress: 88,
  sidecarGid: 104,
} as const;

export const MAX_INTERFACES = 16;
export const LISTENER_SLOTS = 16;

/** `struct port_set`: bit n of its little-endian words is port n, and so bit n % 8 of byte n / 8. */
export const PORT_SET_SIZE = 8192;

/** Keys of `port_sets`, by their number. */
export const PORT_SETS = ['outbound passed', 'inbound passed'] as const;

/** Keys of `counters`, by their number. */
export const COUNTERS = [
  'connect redirected',
  'connect to own pod',
  'connect passed',
  'inbound steered',
  'inbound passed',
  'inbound refused',
  'original destination answered',
  'peer answered',
  'handover failed',
] as const;

/** `enum origin_role`, by its number. */
export const ORIGIN_ROLES = ['none', 'application', 'sidecar', 'renamed', 'steered', 'direct'] as const;

/** The maps whose contents are the policy, in the order in which a running workload can take changes. */
export const POLICY_MAPS = [
  'port_sets',
  'local_ranges',
  'excluded_ranges',
  'included_ranges',
  'excluded_peers',
  'settings',
] as const;
export type PolicyMap = (typeof POLICY_MAPS)[number];

const PURPOSES: Record<string, string> = {
  settings: 'What the programs must know: ports, user, modes',
  port_sets: 'Ports that are not redirected, outbound and inbound',
  local_ranges: 'What the workload reaches over lo: loopback and its own addresses',
  excluded_ranges: 'Destinations that are never redirected',
  included_ranges: 'The only destinations that are redirected, where any are named',
  excluded_peers: 'Inbound sources that are never redirected',
  origins: 'The destination each redirected connection asked for, kept with its socket',
  handover: 'Destinations on their way from the application’s socket to the sidecar’s',
  listeners: 'The sidecar’s inbound listeners, to which new connections are steered',
  counters: 'How many connections met which fate',
};

/** What a map of eBPF mode is for, in words; null for a map of someone else. */
export function mapPurpose(name: string): string | null {
  return Object.hasOwn(PURPOSES, name) ? (PURPOSES[name] ?? null) : null;
}
