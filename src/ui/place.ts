import type { Workload } from '../core/model';
import type { WorkloadEntry } from './nodes/workload-entry';

/** Where something is to be done: what each dialog names. */
export interface Place {
  /** The node's name for a person. */
  node: string;
  /** The name by which the workload is known. */
  label: string;
  workload: Workload;
}

export function placeOf({ node, label, workload }: WorkloadEntry): Place {
  return { node: node.node.label, label, workload };
}

/** `web on root@10.0.0.1`: for a sentence. */
export function placeText({ node, label, workload }: Place): string {
  return workload.host ? `the host ${node} itself` : `${label} on ${node}`;
}

/** Node, namespace and pod, a line each: for a dialog. */
export function placeLines({ node, workload }: Place): string {
  return [`Node: ${node}`, `Namespace: ${namespaceOf(workload)}`, `Pod: ${podOf(workload)}`].join('\n');
}

function namespaceOf({ host, name, inode }: Workload): string {
  if (host) return 'the host’s own, with every pod on the host network';
  return name === null ? `net:[${inode}]` : `${name} (net:[${inode}])`;
}

/** What is known of the pod: its cgroup names it, where it has one; else its processes have to. */
function podOf({ host, cgroup, processes, processCount }: Workload): string {
  if (host) return 'none, and all that share the host’s network';
  if (cgroup !== null) return `cgroup ${cgroup}`;
  if (processCount === 0) return 'none runs there';
  const names = [...new Set(processes.map(({ comm }) => comm))];
  const shown = names.slice(0, SHOWN_PROCESSES);
  return `${shown.join(', ')}${names.length > shown.length ? ', …' : ''} (${processCount} ${processCount === 1 ? 'process' : 'processes'})`;
}

const SHOWN_PROCESSES = 4;
