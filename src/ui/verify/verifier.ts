import type { Check } from '../../core/verify';
import type { WorkloadEntry } from '../nodes/workload-entry';
import type { Policies } from '../policy/policies';

export interface VerifyOptions {
  signal: AbortSignal;
  /** The ids of the checks to make; all of them unless told. */
  only?: readonly string[];
}

/** Proves with real connections what becomes of a workload's traffic. Rejects with AgentError, NodeError, PolicyError. */
export type Verify = (workload: WorkloadEntry, options: VerifyOptions) => Promise<readonly Check[]>;

/** Verifies the declared mode under the policy of the workload as it is at that moment, and looks at the workload again. */
export function verifyWith(policies: Policies): Verify {
  return async (workload, options) => {
    const { verifyWorkload } = await import('../../redirect');
    const checks = await verifyWorkload({
      connection: workload.node.connection(),
      workloadId: workload.id,
      policy: await policies.checked(workload),
      mode: workload.declared ?? undefined,
      ...options,
    });
    // The verdict is to be of the same moment. A failure is told by the row.
    await workload.observe().catch(() => null);
    return checks;
  };
}
