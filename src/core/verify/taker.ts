import type { Acceptance, ProbeResult, Snapshot } from '../model';
import { parseAddress } from '../net';
import type { Policy } from '../policy';
import { serves, type Mode, type Verdict } from '../redirect';
import type { Side } from './check';

/** What results are judged by, beside the checks themselves. */
export interface Scene {
  snapshot: Snapshot;
  policy: Policy;
  verdict: Verdict;
  mode: Mode;
}

/**
 * Who has a connection: the sidecar at one of its two ports, or someone else. `closed`: it was closed so soon that this does
 * not show; `unsure`: it does not show for another reason.
 */
export type Taker = { who: Side | 'other' | 'closed' } | { who: 'unsure'; doubt: string };

/** Rules that make connection tracking work; it then answers SO_ORIGINAL_DST for connections that nobody redirected. */
const TRACKS = /-j (REDIRECT|DNAT|SNAT|MASQUERADE|CONNMARK)\b|-m (conntrack|state|connmark)\b/;

const usersAt = ({ listeners }: Snapshot, port: number): number[] =>
  listeners.filter((listener) => listener.port === port).map(({ uid }) => uid);

/**
 * `sk_lookup` gives a connection to another listener as it is: its address and port do not tell, but whose socket it is, and
 * what it knows of its origin.
 */
function takerOfUntouched({ snapshot, policy }: Scene, accepted: Acceptance): Taker {
  const { uid, local } = accepted;
  if (uid === null) return { who: 'closed' };
  if (!usersAt(snapshot, policy.inboundPort).includes(uid)) return { who: 'other' };
  if (!usersAt(snapshot, local.port).includes(uid)) return { who: 'inbound' };
  if (accepted.originalDestination === null) return { who: 'other' };
  return snapshot.rulesets.some(({ text }) => TRACKS.test(text))
    ? {
        who: 'unsure',
        doubt: `User ${uid} has listeners at port ${local.port} and at the inbound port, and while connection tracking works in the workload, which of them took it does not show.`,
      }
    : { who: 'inbound' };
}

/** Who took a connection that was accepted in the workload. */
export function takerOf(scene: Scene, accepted: Acceptance): Taker {
  const { inboundPort, outboundPort } = scene.policy;
  if (accepted.local.port === inboundPort) return { who: 'inbound' };
  if (accepted.local.port === outboundPort) return { who: 'outbound' };
  return scene.verdict.hooks.has('sk_lookup') ? takerOfUntouched(scene, accepted) : { who: 'other' };
}

/** True where the sidecar listens at that port for connections of the result's family. */
export function listensAt({ snapshot, policy }: Scene, side: Side, { destination }: ProbeResult): boolean {
  const family = parseAddress(destination)?.family ?? 'ipv4';
  const port = side === 'inbound' ? policy.inboundPort : policy.outboundPort;
  return snapshot.listeners.some((listener) => listener.port === port && serves(listener, family));
}
