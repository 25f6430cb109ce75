import { verdictOf, type Verdict } from '../../core/redirect';
import type { Snapshot } from '../../core/model';
import type { Agent } from '../../nodes/agent/agent';
import type { Settings } from '../settings';

/** Looks at one workload: one round trip, and what it means under the policy. */
export type Observe = (agent: Agent, workloadId: string) => Promise<{ snapshot: Snapshot; verdict: Verdict }>;

/** Observes under the policy of the settings as they are at that moment. */
export function observeWith(settings: Settings): Observe {
  return async (agent, workloadId) => {
    const snapshot = await agent.request('snapshot', { workload: workloadId });
    return { snapshot, verdict: verdictOf(snapshot, settings.policy()) };
  };
}
