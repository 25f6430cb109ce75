import { distinctRanges, joinPortRanges } from '../net';
import { DEFAULT_POLICY, type Policy } from './policy';
import type { PolicySettings } from './settings';

const JOINED = [
  'inboundPortExclusions',
  'outboundPortExclusions',
  'outboundIpRangeExclusions',
  'outboundIpRangeInclusions',
  'interfaceExclusions',
  'inboundPortInclusions',
  'inboundSourceExclusions',
] as const satisfies (keyof Policy)[];
type Joined = (typeof JOINED)[number];

/** True for the lists that are joined over all sources; anything else is replaced by the last source that has it. */
export const isJoined = (field: keyof Policy): field is Joined =>
  (JOINED as readonly string[]).includes(field);

/**
 * One policy from sources in FSM's order: defaults, node, workload, file, `MeshConfig`, pod. A later source replaces
 * ports, user, mode and the lists that have a default (`bypassPorts`, `controlPorts`); lists of exclusions and
 * inclusions are joined, as FSM joins the mesh's with the pod's.
 */
export function mergePolicy(sources: readonly PolicySettings[]): Policy {
  const last = <K extends Exclude<keyof Policy, Joined>>(key: K): Policy[K] =>
    (sources.findLast((source) => source[key] !== undefined)?.[key] as Policy[K] | undefined) ??
    DEFAULT_POLICY[key];
  const all = <K extends Joined>(key: K): Policy[K][number][] =>
    sources.flatMap((source): Policy[K][number][] => source[key] ?? []);
  return {
    inboundPort: last('inboundPort'),
    outboundPort: last('outboundPort'),
    adminPort: last('adminPort'),
    sidecarUid: last('sidecarUid'),
    sidecarGid: last('sidecarGid'),
    bypassPorts: joinPortRanges(last('bypassPorts')),
    inboundPortExclusions: joinPortRanges(all('inboundPortExclusions')),
    outboundPortExclusions: joinPortRanges(all('outboundPortExclusions')),
    outboundIpRangeExclusions: distinctRanges(all('outboundIpRangeExclusions')),
    outboundIpRangeInclusions: distinctRanges(all('outboundIpRangeInclusions')),
    interfaceExclusions: [...new Set(all('interfaceExclusions'))],
    podIpMode: last('podIpMode'),
    controlPorts: joinPortRanges(last('controlPorts')),
    inboundPortInclusions: joinPortRanges(all('inboundPortInclusions')),
    inboundSourceExclusions: distinctRanges(all('inboundSourceExclusions')),
  };
}
