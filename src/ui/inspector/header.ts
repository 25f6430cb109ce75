import type { Header, ToInspector } from '../../protocol/inspector';
import type { NodeEntry } from '../nodes/node-entry';
import type { WorkloadEntry } from '../nodes/workload-entry';
import { verdictLines, verdictWords } from '../tree/verdict-look';

type ConnectionView = Omit<Extract<ToInspector, { type: 'connection' }>, 'type'>;

/** The header of a workload's inspector; null until the workload was observed. */
export function headerOf(workload: WorkloadEntry): Header | null {
  if (workload.observation.kind !== 'observed') return null;
  const { verdict } = workload.observation;
  const switching = workload.switchingTo !== null;
  const { detail, notes } = verdictWords(verdict, switching ? null : workload.declared);
  return {
    nodeId: workload.node.id,
    node: workload.node.node.label,
    workload: workload.label,
    workloadId: workload.id,
    verdict: verdict.kind,
    detail,
    notes,
    evidence: verdictLines(verdict),
    mode: workload.declared ?? 'none',
    readOnly: workload.node.readOnly,
    switching,
  };
}

/** How the way to the workload stands. */
export function connectionOf(
  node: NodeEntry | undefined,
  workload: WorkloadEntry | undefined,
): ConnectionView {
  if (!node) return { state: 'disconnected', reason: 'The node was taken off the list.' };
  switch (node.state.kind) {
    case 'disconnected':
      return { state: 'disconnected', reason: node.state.reason && sentence(node.state.reason) };
    case 'failed':
      return { state: 'disconnected', reason: node.state.failure.message };
    case 'waiting':
    case 'connecting':
      return { state: 'connecting', reason: null };
    case 'connected':
      if (node.interruption !== null) return { state: 'connecting', reason: node.interruption };
      if (workload) return { state: 'connected', reason: null };
      return node.listed
        ? { state: 'gone', reason: 'Its network namespace is gone.' }
        : { state: 'connecting', reason: null };
  }
}

const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.$/, '')}.`;
