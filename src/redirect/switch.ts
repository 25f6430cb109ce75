import type { NodeInfo } from '../core/model';
import type { Policy } from '../core/policy';
import { planSwitch, type Mode, type Plan, type SavedState } from '../core/redirect';
import type { Agent } from '../nodes/agent/agent';
import { AgentError } from '../nodes/errors';
import type { Connection } from '../nodes/node';
import { AppliedSwitch, type OnStep } from './apply';
import { confirmSwitch } from './confirm';
import { SwitchError, SwitchRefused } from './errors';
import { loadObject } from './objects';
import { observeWithMaps } from './observe';

/** What is needed to plan a switch. */
export interface PlanRequest {
  connection: { agent: Agent; info: NodeInfo };
  workloadId: string;
  policy: Policy;
  /** A mode; or what redirected before, to come back to. */
  to: Mode | SavedState;
  /** The directory that holds the BPF object and its manifest: the extension's `dist/bpf`. */
  objectsDirectory: string;
  /** True: the node's own namespace too. */
  force?: boolean;
}

export interface SwitchRequest extends PlanRequest {
  /** Opens another connection to the same node: a switch is confirmed over it, which proves that the node is still reached. */
  reconnect: (signal: AbortSignal | undefined) => Promise<Connection>;
  /** Who switches, for others who find the workload held: `alice@laptop`. */
  holder: string;
  /** Seconds in which the node waits for the confirmation before it takes everything back; 20 unless told. */
  deadline?: number;
  /** Seconds for which the node waits for older connections to end; 600 unless told. */
  drain?: number;
  signal?: AbortSignal | undefined;
  onStep?: OnStep | undefined;
  /** Told once all steps are done and hold, before anything is confirmed: what was planned, with what was there before. */
  onArmed?: ((plan: Plan) => void) | undefined;
}

export interface SwitchResult {
  plan: Plan;
  /** Older connections that are still open; what they need is kept, and goes with them. */
  remaining: number;
}

const DEADLINE = 20;
const DRAIN = 600;
/** How often a switch is planned: the one before may let go of older connections just then. */
const PLANS = 3;

const TITLES: Record<Mode, string> = {
  ebpf: 'Switch to eBPF',
  iptables: 'Switch to iptables',
  none: 'Remove the redirection',
};

/** What a switch is called on the node and for people. */
const titleOf = (to: PlanRequest['to']): string => (typeof to === 'string' ? TITLES[to] : 'Roll back');

/** Looks at a workload and plans its switch: one round trip. Changes nothing. Rejects with AgentError, NodeError, ObjectError. */
export async function preparePlan(request: PlanRequest): Promise<Plan> {
  const { connection, workloadId: workload, policy, to, objectsDirectory, force = false } = request;
  const { agent, info: node } = connection;
  const [{ snapshot, verdict, policyMaps }, { connections }] = await Promise.all([
    observeWithMaps(agent, workload, policy, node.iptables),
    agent.request('connections/list', { workload, ports: null }),
  ]);
  const needsObject = (typeof to === 'string' ? to : to.mode) === 'ebpf' || verdict.hooks.size > 0;
  const object = needsObject ? await loadObject(objectsDirectory) : null;
  return planSwitch({ snapshot, node, policy, to, object, policyMaps, connections, force });
}

/**
 * Brings a workload to a mode, or back to what it was: plans, has the node carry the plan out, proves it, and confirms it
 * over a new connection. These are three round trips, beside those that a new connection takes. Whatever goes wrong on the way ends in the state before: by cancelling, or by the node
 * itself at the deadline. Rejects with SwitchRefused before anything is changed, with SwitchError after that, with
 * AgentError, NodeError or ObjectError where it could not even begin.
 */
export async function switchWorkload(request: SwitchRequest): Promise<SwitchResult> {
  for (let attempt = 1; ; attempt += 1) {
    const plan = await preparePlan(request);
    const [first, ...others] = plan.refusals;
    if (first) throw new SwitchRefused([first, ...others]);
    try {
      return await carryOut(request, plan);
    } catch (error) {
      if (attempt === PLANS || !isOutdated(error, plan)) throw error;
    }
  }
}

/** True if the workload was not what it was when the switch was planned, and so nothing was changed. */
function isOutdated(error: unknown, { steps }: Plan): boolean {
  if (!(error instanceof SwitchError) || error.kind !== 'failed' || error.step !== steps[0]?.title)
    return false;
  return error.cause instanceof AgentError && error.cause.data.kind === 'not-as-planned';
}

async function carryOut(request: SwitchRequest, plan: Plan): Promise<SwitchResult> {
  const { connection, workloadId: workload, holder, signal, onStep } = request;
  if (plan.steps.length === 0 && plan.closing === null) return { plan, remaining: 0 };
  const applied = new AppliedSwitch(connection.agent, {
    ...{ workload, title: titleOf(request.to), holder, signal, onStep },
    deadline: plan.steps.length === 0 ? 0 : (request.deadline ?? DEADLINE),
    drain: request.drain ?? DRAIN,
  });
  try {
    await applied.begin(plan);
    if (plan.steps.length > 0) {
      request.onArmed?.(plan);
      await confirmSwitch(request, plan, applied);
    }
    return { plan, remaining: plan.closing ? await applied.remaining() : 0 };
  } finally {
    applied.dispose();
  }
}
