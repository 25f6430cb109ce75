import type { NodeInfo, Snapshot } from '../../core/model';
import { findSidecar, type SidecarSighting } from '../../core/pods';
import type { Policy } from '../../core/policy';
import type { Mode, Verdict } from '../../core/redirect';
import type { Check } from '../../core/verify';
import type { Agent } from '../../nodes/agent/agent';
import type { Policies } from '../policy/policies';
import type { WorkloadEntry } from './workload-entry';

/** What can be verified of a workload: a check for each clause of its policy. */
export type CheckTitle = Pick<Check, 'id' | 'title'>;

/** What one look at a workload gives. */
export interface Observed {
  snapshot: Snapshot;
  verdict: Verdict;
  /** Empty where nothing is redirected. */
  checks: readonly CheckTitle[];
  sidecar: SidecarSighting;
}

/** Looks at one workload: one round trip, and what it means under its policy. */
export type Observe = (agent: Agent, workload: WorkloadEntry) => Promise<Observed>;

/** Observes under the policy of the workload as it is at that moment. */
export function observeWith(policies: Policies): Observe {
  return async (agent, workload) => {
    const { observe } = await import('../../redirect');
    const { info } = workload.node.connection();
    const policy = await policies.observed(workload);
    const seen = await observe(agent, workload.id, policy, info.iptables);
    const checks = await checksFor(seen, policy, workload.declared, info);
    return { ...seen, checks, sidecar: findSidecar(seen.snapshot, policy) };
  };
}

async function checksFor(
  { snapshot, verdict }: Pick<Observed, 'snapshot' | 'verdict'>,
  policy: Policy,
  declared: Mode | null,
  { iptables: tools }: NodeInfo,
): Promise<CheckTitle[]> {
  const { checksOf, modeToVerify, wholeCheck } = await import('../../core/verify');
  const mode = declared ?? modeToVerify(verdict);
  if (mode === null || mode === 'none') return [];
  const checks = [wholeCheck(verdict, mode), ...checksOf({ snapshot, policy, verdict, mode, tools })];
  return checks.map(({ id, title }) => ({ id, title }));
}
