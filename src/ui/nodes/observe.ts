import type { Snapshot } from '../../core/model';
import type { Verdict } from '../../core/redirect';
import type { Agent } from '../../nodes/agent/agent';
import type { Settings } from '../settings';

/** Looks at one workload: one round trip, and what it means under the policy. */
export type Observe = (agent: Agent, workloadId: string) => Promise<{ snapshot: Snapshot; verdict: Verdict }>;

/** Observes under the policy of the settings as they are at that moment. */
export function observeWith(settings: Settings): Observe {
  return async (agent, workloadId) => {
    const { observe } = await import('../../redirect');
    return await observe(agent, workloadId, settings.policy());
  };
}
