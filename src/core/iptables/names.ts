/** The chains of iptables mode: FSM's own names. */
export const CHAINS = {
  inbound: 'FSM_PROXY_INBOUND',
  inRedirect: 'FSM_PROXY_IN_REDIRECT',
  outbound: 'FSM_PROXY_OUTBOUND',
  outRedirect: 'FSM_PROXY_OUT_REDIRECT',
} as const;

/**
 * A chain that nothing jumps to. Its one rule needs connection tracking, and so the kernel goes on translating the
 * connections that were redirected before the other chains went away. docs/iptables-mode.md, "Removing".
 */
export const HOLD_CHAIN = 'FSM_PROXY_HOLD';

/** The comment on each rule that we write; more words may follow it. */
export const COMMENT = 'mesh-redirect';

/** FSM's three spellings, each of a whole set of chains: its code's, its troubleshooting page's, its guide's. */
export const SPELLINGS: Readonly<Record<string, readonly string[]>> = {
  'FSM_PROXY_*': Object.values(CHAINS),
  'fsm_PROXY_*': Object.values(CHAINS).map((name) => name.replace('FSM', 'fsm')),
  'PROXY_*': ['PROXY_INBOUND', 'PROXY_IN_REDIRECT', 'PROXY_OUTPUT', 'PROXY_REDIRECT'],
};

const FSM_CHAINS = new Set([...Object.values(SPELLINGS).flat(), HOLD_CHAIN]);

/** True for a chain of this mode, whoever wrote it: FSM or we. */
export const isOwnChain = (name: string): boolean => FSM_CHAINS.has(name);

const FOREIGN: [prefix: string, mesh: string][] = [
  // istio/istio cni/pkg/iptables: what only its ambient mode has.
  ['ISTIO_PRERT', 'Istio ambient'],
  ['ISTIO_', 'Istio'],
  ['KUMA_MESH_', 'Kuma'],
  ['PROXY_INIT_', 'Linkerd'],
  ['OSM_PROXY_', 'Open Service Mesh'],
  ['CONSUL_PROXY_', 'Consul'],
];

/** The mesh whose chain this is, if it is one that we know and do not touch. */
export function foreignMesh(chain: string): string | null {
  return FOREIGN.find(([prefix]) => chain.startsWith(prefix))?.[1] ?? null;
}

/** True for a chain that takes part in redirection, of whichever mesh. */
export const isRedirectionChain = (name: string): boolean => isOwnChain(name) || foreignMesh(name) !== null;
