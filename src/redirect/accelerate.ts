import { accelerationRefusals } from '../core/acceleration';
import type { NodeInfo } from '../core/model';
import type { Policy } from '../core/policy';
import type { Agent } from '../nodes/agent/agent';
import { SwitchRefused } from './errors';
import { loadAcceleration } from './objects';
import { observe } from './observe';

export interface AccelerationRequest {
  connection: { agent: Agent; info: NodeInfo };
  workloadId: string;
  policy: Policy;
  /** The directory that holds the BPF objects and their manifest: the extension's `dist/bpf`. */
  objectsDirectory: string;
}

/**
 * Rejects with SwitchRefused where a workload cannot be accelerated; changes nothing. Rejects with AgentError or NodeError
 * where it cannot be looked at.
 */
export async function mayAccelerate(request: Omit<AccelerationRequest, 'objectsDirectory'>): Promise<void> {
  const { connection, workloadId, policy } = request;
  const { agent, info } = connection;
  const { snapshot, verdict } = await observe(agent, workloadId, policy, info.iptables);
  const [first, ...others] = accelerationRefusals(snapshot, info, verdict.kind);
  if (first) throw new SwitchRefused([first, ...others]);
}

/**
 * Lets the messages of a workload's connections skip TCP where both ends are on its node; also of connections that are
 * open already. All or nothing. Rejects as `mayAccelerate` does, and with ObjectError.
 */
export async function turnOnAcceleration(request: AccelerationRequest): Promise<void> {
  await mayAccelerate(request);
  const { connection, workloadId: workload, objectsDirectory } = request;
  const { base64, sha256 } = await loadAcceleration(objectsDirectory);
  await connection.agent.request('acceleration/start', { workload, object: base64, sha256 });
}

/** From the next message on everything takes TCP again. Nothing is lost. Rejects with AgentError or NodeError. */
export async function turnOffAcceleration(agent: Agent, workload: string): Promise<void> {
  await agent.request('acceleration/stop', { workload });
}
