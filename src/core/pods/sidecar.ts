import type { Listener, Snapshot } from '../model';
import type { Policy } from '../policy';

/** What of a sidecar there is in a workload: who listens where it should. */
export interface SidecarSighting {
  /** `both` ports are served by the sidecar's user, `one` of them is, or none. */
  readonly kind: 'both' | 'one' | 'none';
  /** For a person. */
  readonly text: string;
}

/** Recognises the sidecar by its user and the ports that it listens on. */
export function findSidecar(
  { listeners }: Pick<Snapshot, 'listeners'>,
  { sidecarUid, inboundPort, outboundPort }: Policy,
): SidecarSighting {
  const own = (listener: Listener): boolean => listener.uid === sidecarUid;
  const ports = [inboundPort, outboundPort].filter((wanted) =>
    listeners.some((listener) => own(listener) && listener.port === wanted),
  );
  if (ports.length === 2) {
    return {
      kind: 'both',
      text: `Sidecar: user ${sidecarUid} listens on ${inboundPort} and ${outboundPort}`,
    };
  }
  if (ports.length === 1) {
    const missing = ports[0] === inboundPort ? outboundPort : inboundPort;
    return {
      kind: 'one',
      text: `Half a sidecar: user ${sidecarUid} listens on ${ports[0]}, and not on ${missing}`,
    };
  }
  return { kind: 'none', text: `No sidecar: user ${sidecarUid} listens on neither of its ports` };
}
