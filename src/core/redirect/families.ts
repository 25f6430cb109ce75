import { DEFAULT_ROUTES, type PortRange } from '../net';
import type { Family, Listener, Snapshot } from '../model';
import type { Policy } from '../policy';
import { renderPolicy, type Redirection, type RuleFacts } from '../iptables';
import type { WorkloadFacts } from '../ebpf';

/** True if connections of the family to the listener's port can reach it. */
export function serves(listener: Listener, family: Family): boolean {
  return listener.family === family || (family === 'ipv4' && listener.address === '::' && !listener.v6only);
}

/**
 * True if IPv6 connections can be redirected: the sidecar listens for them on both ports. FSM's does not; its IPv6
 * traffic passes, and would be refused if it were sent to ports on which nobody listens.
 */
export function takesIpv6(snapshot: Snapshot, policy: Policy): boolean {
  return [policy.inboundPort, policy.outboundPort].every((port) =>
    snapshot.listeners.some((listener) => listener.port === port && serves(listener, 'ipv6')),
  );
}

/** Where SSH listens unless told otherwise. */
const SSH: PortRange = { first: 22, last: 22 };

/**
 * The policy as it holds in this workload: the port through which the node is controlled is never taken, whatever the
 * policy says. Taking it would lock everybody out, us as well.
 */
export function policyIn({ workload }: Snapshot, policy: Policy): Policy {
  const { controlPort, host } = workload;
  if (controlPort === null && !host) return policy;
  const control = controlPort === null ? SSH : { first: controlPort, last: controlPort };
  const spared = policy.controlPorts.some(
    ({ first, last }) => first <= control.first && control.last <= last,
  );
  return spared ? policy : { ...policy, controlPorts: [...policy.controlPorts, control] };
}

/** The address that PodIP mode uses: the first of IPv4 that is not loopback. */
function podAddress(snapshot: Snapshot): string | null {
  const found = snapshot.addresses.find(
    ({ family, address }) => family === 'ipv4' && !address.startsWith('127.'),
  );
  return found?.address ?? null;
}

export const ruleFacts = (snapshot: Snapshot): RuleFacts => ({ podAddress: podAddress(snapshot) });

/** The rules that the policy means in this workload; null where it cannot mean any (which a plan refuses). */
export function policyRules(snapshot: Snapshot, policy: Policy, family: Family): Redirection | null {
  const facts = ruleFacts(snapshot);
  if (family === 'ipv4' && policy.podIpMode && facts.podAddress === null) return null;
  return renderPolicy(policy, family, facts);
}

/** What maps need to know of the workload. Where IPv6 is left out its own addresses are no more local than others. */
export function workloadFacts(snapshot: Snapshot, policy: Policy): WorkloadFacts {
  const interfaces = new Map(snapshot.addresses.map(({ interface: name, index }) => [name, index]));
  const ipv6 = takesIpv6(snapshot, policy);
  return {
    cookie: snapshot.workload.cookie ?? '0',
    addresses: snapshot.addresses.filter(({ family }) => ipv6 || family === 'ipv4'),
    interfaces: [...interfaces].map(([name, index]) => ({ name, index })),
    podAddress: podAddress(snapshot),
  };
}

/** The policy that the maps express: where IPv6 is left out, it passes in both directions. */
export function policyForMaps(snapshot: Snapshot, policy: Policy): Policy {
  if (takesIpv6(snapshot, policy)) return policy;
  return {
    ...policy,
    outboundIpRangeExclusions: [...policy.outboundIpRangeExclusions, DEFAULT_ROUTES.ipv6],
    inboundSourceExclusions: [...policy.inboundSourceExclusions, DEFAULT_ROUTES.ipv6],
  };
}
