import type { EstablishedConnection, Family, Snapshot } from '../model';
import { workloadLabel } from '../model';
import { isLoopback, parseAddress } from '../net';
import type { Policy } from '../policy';
import { serves } from '../redirect';

/** What is known of a workload in which residue is looked for. */
export interface ObservedWorkload {
  snapshot: Snapshot;
  policy: Policy;
  /** Its open connections. */
  connections: readonly EstablishedConnection[];
  /** Open sockets whose origin eBPF mode keeps. */
  origins: number;
  /** The ports to which the hooks lead; none where no hooks are there. */
  hookPorts: readonly number[];
}

export const labelOf = ({ snapshot }: ObservedWorkload): string => workloadLabel(snapshot.workload);

/** True where somebody takes connections of the family at the port. */
export function isServed({ snapshot }: ObservedWorkload, family: Family, port: number): boolean {
  return snapshot.listeners.some((listener) => listener.port === port && serves(listener, family));
}

/** How many open connections came to these ports by a rule: only such come from another address than loopback. */
export function translated(
  { connections }: ObservedWorkload,
  family: Family,
  ports: readonly number[],
): number {
  return connections.filter(({ family: of, localPort, remoteAddress }) => {
    const remote = parseAddress(remoteAddress);
    return of === family && ports.includes(localPort) && remote !== null && !isLoopback(remote.bytes);
  }).length;
}
