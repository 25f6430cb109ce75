import { distinctRanges, joinPortRanges } from '../net';
import { DEFAULT_POLICY, type Policy } from './policy';
import type { PolicySettings } from './settings';

/**
 * One policy from sources in FSM's order: defaults, node, workload, file, `MeshConfig`, pod. A later source replaces
 * ports, user, mode and the lists that have a default (`bypassPorts`, `controlPorts`); lists of exclusions and
 * inclusions are joined, as FSM joins the mesh's with the pod's.
 */
export function mergePolicy(sources: readonly PolicySettings[]): Policy {
  const last = <K extends keyof Policy & keyof PolicySettings>(key: K): Policy[K] =>
    (sources.findLast((source) => source[key] !== undefined)?.[key] as Policy[K] | undefined) ??
    DEFAULT_POLICY[key];
  const all = <T>(list: (source: PolicySettings) => T[] | undefined): T[] =>
    sources.flatMap((source) => list(source) ?? []);
  return {
    inboundPort: last('inboundPort'),
    outboundPort: last('outboundPort'),
    adminPort: last('adminPort'),
    sidecarUid: last('sidecarUid'),
    bypassPorts: joinPortRanges(last('bypassPorts')),
    inboundPortExclusions: joinPortRanges(all((source) => source.inboundPortExclusions)),
    outboundPortExclusions: joinPortRanges(all((source) => source.outboundPortExclusions)),
    outboundIpRangeExclusions: distinctRanges(all((source) => source.outboundIpRangeExclusions)),
    outboundIpRangeInclusions: distinctRanges(all((source) => source.outboundIpRangeInclusions)),
    interfaceExclusions: [...new Set(all((source) => source.interfaceExclusions))],
    podIpMode: last('podIpMode'),
    controlPorts: joinPortRanges(last('controlPorts')),
    inboundPortInclusions: joinPortRanges(all((source) => source.inboundPortInclusions)),
    inboundSourceExclusions: distinctRanges(all((source) => source.inboundSourceExclusions)),
  };
}
