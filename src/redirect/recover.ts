import type { Recovered } from '../core/model';
import type { Agent } from '../nodes/agent/agent';

/**
 * Ends the switches on a node that were cut off: what was not confirmed is taken back. To be called once a node is
 * connected. Rejects with AgentError or NodeError.
 */
export async function recoverNode(agent: Agent): Promise<readonly Recovered[]> {
  const { recovered } = await agent.request('switch/recover', {});
  return recovered;
}
