import type { NodeFacts } from '../core/node-check';
import type { Agent } from '../nodes/agent/agent';
import { CLIENT, PROTOCOL } from '../nodes/agent/protocol';
import { ObjectError } from './errors';
import { describeObject } from './objects';

async function objectFacts(directory: string): Promise<NodeFacts['object']> {
  try {
    return await describeObject(directory);
  } catch (error) {
    if (!(error instanceof ObjectError)) throw error;
    return { wrong: error.message, remedy: error.remedy };
  }
}

async function hasIpv6(agent: Agent, host: string | null): Promise<boolean | null> {
  if (host === null) return null;
  const { addresses } = await agent.request('snapshot', { workload: host });
  return addresses.some(({ family }) => family === 'ipv6');
}

/**
 * Looks at a node anew, and changes nothing there: each hook is tried by loading a minimal program. `host` is the id of
 * the node's own workload, if it is known; `objectsDirectory` holds the object and its manifest. Rejects with AgentError.
 */
export async function checkNode(
  agent: Agent,
  host: string | null,
  objectsDirectory: string,
): Promise<NodeFacts> {
  const [info, object, ipv6] = await Promise.all([
    agent.request('initialize', { protocol: PROTOCOL, client: CLIENT }),
    objectFacts(objectsDirectory),
    hasIpv6(agent, host),
  ]);
  return { info, object, ipv6 };
}
