import type { Pod } from '../../core/model';
import type { SidecarSighting } from '../../core/pods';
import type { Verdict, VerdictKind } from '../../core/redirect';

/** By what workloads are filtered. */
export interface Facets {
  /** Whose mesh it is in: `FSM`, or the name of another one; `no mesh`. */
  mesh: string;
  /** Kubernetes' namespace; `no pod`. */
  namespace: string;
  /** Null while it is not known. */
  verdict: VerdictKind | null;
}

/** Values of each facet that are to be seen; an empty set: all of them. */
export interface Filter {
  mesh: ReadonlySet<string>;
  namespace: ReadonlySet<string>;
  verdict: ReadonlySet<VerdictKind>;
}

export const NO_FILTER: Filter = { mesh: new Set(), namespace: new Set(), verdict: new Set() };

const NO_MESH = 'no mesh';
const NO_POD = 'no pod';
const OWN = 'FSM';
/** What FSM's injector labels a pod with. */
const INJECTED = 'fsm-proxy-uuid';

/** What can be said of a workload: its pod, and what was observed, if anything was. */
export interface Faceted {
  pod: Pod | null;
  observed: { verdict: Verdict; sidecar: SidecarSighting } | null;
}

export function facetsOf({ pod, observed }: Faceted): Facets {
  return {
    mesh: meshOf({ pod, observed }),
    namespace: pod?.namespace ?? NO_POD,
    verdict: observed?.verdict.kind ?? null,
  };
}

function meshOf({ pod, observed }: Faceted): string {
  if (observed?.verdict.kind === 'foreign') return observed.verdict.foreign?.replace(/ \(.*/, '') ?? NO_MESH;
  const redirected = observed !== null && observed.verdict.kind !== 'none';
  const sidecar = observed !== null && observed.sidecar.kind !== 'none';
  return redirected || sidecar || pod?.labels[INJECTED] !== undefined ? OWN : NO_MESH;
}

export const isFiltering = ({ mesh, namespace, verdict }: Filter): boolean =>
  mesh.size + namespace.size + verdict.size > 0;

/** Whether a workload is to be seen: of each facet that is filtered by, one of the values is its own. */
export function passes(filter: Filter, { mesh, namespace, verdict }: Facets): boolean {
  return (
    (filter.mesh.size === 0 || filter.mesh.has(mesh)) &&
    (filter.namespace.size === 0 || filter.namespace.has(namespace)) &&
    (filter.verdict.size === 0 || (verdict !== null && filter.verdict.has(verdict)))
  );
}
