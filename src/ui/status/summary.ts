import { counted } from '../../core/counted';
import type { Mode, Verdict, VerdictKind } from '../../core/redirect';
import { verdictLook, verdictText } from '../tree/verdict-look';

/** A workload as the status bar sees it. */
export interface Seen {
  label: string;
  /** Null while it is not known. */
  verdict: Verdict | null;
  declared: Mode | null;
}

/** What a person has to look at: redirection that is not whole, not single, or not ours. */
const PRESSING: readonly VerdictKind[] = ['partial', 'both', 'foreign'];

/** The status bar's text: of the workload that is inspected, else of all of them. `$(name)` is a codicon. */
export function statusText(nodes: readonly { workloads: readonly Seen[] }[], inspected: Seen | null): string {
  if (inspected?.verdict) {
    const { label, verdict, declared } = inspected;
    return `$(${verdictLook(verdict.kind).icon}) ${label}: ${verdictText(verdict, declared)}`;
  }
  const counts = countVerdicts(nodes.flatMap(({ workloads }) => workloads));
  const pressing = PRESSING.filter((kind) => counts.has(kind));
  const icon = pressing[0] === undefined ? 'vm-active' : verdictLook(pressing[0]).icon;
  const parts = [
    counted(nodes.length, 'node'),
    ...pressing.map((kind) => `${counts.get(kind) ?? 0} ${verdictLook(kind).text}`),
  ];
  return `$(${icon}) ${parts.join(', ')}`;
}

/** A node's workloads by verdict: `2 iptables, 1 eBPF, 1 partial`. */
export function verdictCounts(workloads: readonly Seen[]): string {
  const counts = [...countVerdicts(workloads)].map(([kind, count]) => `${count} ${verdictLook(kind).text}`);
  return counts.length === 0 ? 'no workload is known yet' : counts.join(', ');
}

/** In the order of what is most pressing; `none` last. */
function countVerdicts(workloads: readonly Seen[]): ReadonlyMap<VerdictKind, number> {
  const order: readonly VerdictKind[] = [...PRESSING, 'iptables', 'ebpf', 'none'];
  const kinds = workloads.flatMap(({ verdict }) => (verdict ? [verdict.kind] : []));
  return new Map(
    order.flatMap((kind) => {
      const count = kinds.filter((one) => one === kind).length;
      return count === 0 ? [] : [[kind, count] as const];
    }),
  );
}
