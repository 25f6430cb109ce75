import type { Mode } from '../../core/redirect';
import type { WorkloadEntry } from '../nodes/workload-entry';

/** What a roll-out is to do with each of some workloads. */
export interface Candidates {
  /** Those that are switched. */
  readonly targets: readonly WorkloadEntry[];
  /** How many are so already, and how many are left out because nobody would redirect them. */
  readonly same: number;
  readonly others: number;
}

/** What is asked of a workload. */
type Candidate = Pick<WorkloadEntry, 'observation' | 'switchingTo' | 'workload'>;

/**
 * Which workloads a roll-out is for: those that we redirect, or that have a sidecar and could be redirected. Not the node
 * itself, nor what another mesh redirects, nor what is being switched just now.
 */
export function suits({ observation, switchingTo, workload }: Candidate, mode: Mode): 'yes' | 'same' | 'no' {
  if (workload.host || switchingTo !== null || observation.kind !== 'observed') return 'no';
  const { kind, differences, draining, missing } = observation.verdict;
  if (kind === 'foreign' || (kind === 'none' && mode !== 'none' && observation.sidecar.kind !== 'both'))
    return 'no';
  if (kind !== mode) return 'yes';
  return mode !== 'none' && (differences.length > 0 || missing.length > 0 || draining) ? 'yes' : 'same';
}

export function candidates(workloads: readonly WorkloadEntry[], mode: Mode): Candidates {
  const by = (answer: ReturnType<typeof suits>): WorkloadEntry[] =>
    workloads.filter((workload) => (workload.node.readOnly ? 'no' : suits(workload, mode)) === answer);
  return { targets: by('yes'), same: by('same').length, others: by('no').length };
}
