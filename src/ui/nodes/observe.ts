import type { Snapshot } from '../../core/model';
import type { Verdict } from '../../core/redirect';
import type { Agent } from '../../nodes/agent/agent';
import type { Policies } from '../policy/policies';
import type { WorkloadEntry } from './workload-entry';

/** Looks at one workload: one round trip, and what it means under its policy. */
export type Observe = (
  agent: Agent,
  workload: WorkloadEntry,
) => Promise<{ snapshot: Snapshot; verdict: Verdict }>;

/** Observes under the policy of the workload as it is at that moment. */
export function observeWith(policies: Policies): Observe {
  return async (agent, workload) => {
    const { observe } = await import('../../redirect');
    const { info } = workload.node.connection();
    return await observe(agent, workload.id, await policies.observed(workload), info.iptables);
  };
}
