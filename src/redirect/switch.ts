import type { NodeInfo } from '../core/model';
import type { Policy } from '../core/policy';
import { planSwitch, type BpfObject, type Mode, type Plan, type Verdict } from '../core/redirect';
import type { Agent } from '../nodes/agent/agent';
import { applyPlan, type OnStep } from './apply';
import { closePlan } from './close';
import { SwitchRefused } from './errors';
import { loadObject } from './objects';
import { observe, readPolicyMaps } from './observe';

export interface SwitchRequest {
  connection: { agent: Agent; info: NodeInfo };
  workloadId: string;
  policy: Policy;
  mode: Mode;
  /** The directory that holds the BPF object and its manifest: the extension's `dist/bpf`. */
  objectsDirectory: string;
  signal?: AbortSignal | undefined;
  onStep?: OnStep | undefined;
  onWaiting?: ((remaining: number) => void) | undefined;
  /** True: the node's own namespace too. */
  force?: boolean;
  /** Milliseconds to wait for older connections; 5000 unless told. */
  drainLimit?: number;
  /** True: break older connections that outlive the wait, rather than keep what they need. */
  cut?: boolean;
}

export interface SwitchResult {
  plan: Plan;
  verdict: Verdict;
  /** Older connections that are still open; what they need was kept. */
  remaining: number;
}

const DRAIN_LIMIT = 5000;

/** Looks at a workload and plans its switch. Changes nothing. Rejects with AgentError, NodeError, ObjectError. */
export async function preparePlan(request: SwitchRequest): Promise<Plan> {
  const { connection, workloadId, policy, mode, objectsDirectory, force = false } = request;
  const { agent, info } = connection;
  const { snapshot, verdict } = await observe(agent, workloadId, policy);
  const needsObject = mode === 'ebpf' || verdict.hooks.size > 0;
  const [object, policyMaps]: [BpfObject | null, Awaited<ReturnType<typeof readPolicyMaps>>] =
    await Promise.all([needsObject ? loadObject(objectsDirectory) : null, readPolicyMaps(agent, snapshot)]);
  return planSwitch({ snapshot, node: info, policy, mode, object, policyMaps, force });
}

/**
 * Brings a workload to a mode: plans, carries the plan out, and waits for older connections. Rejects with SwitchRefused
 * before anything is changed, with SwitchError after everything was taken back (or could not be), with AgentError,
 * NodeError or ObjectError where it could not even look.
 */
export async function switchWorkload(request: SwitchRequest): Promise<SwitchResult> {
  const { connection, workloadId: workload, policy, signal } = request;
  const { agent } = connection;
  const plan = await preparePlan(request);
  const [first, ...others] = plan.refusals;
  if (first) throw new SwitchRefused([first, ...others]);
  await applyPlan(agent, plan, { workload, policy, signal, onStep: request.onStep });
  const remaining = plan.closing
    ? await closePlan(agent, plan.closing, {
        workload,
        signal,
        limit: request.drainLimit ?? DRAIN_LIMIT,
        cut: request.cut ?? false,
        onWaiting: request.onWaiting,
      })
    : 0;
  const { verdict } = await observe(agent, workload, policy);
  return { plan, verdict, remaining };
}
