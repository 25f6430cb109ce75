import type { Policy } from '../core/policy';
import type { Mode, Plan, SavedState } from '../core/redirect';
import type { Connection } from '../nodes/node';
import type { AppliedSwitch } from './apply';
import { VerifyError } from './errors';
import { observe } from './observe';
import { verifyWorkload } from './verify';

/** What a confirmation needs of the request to switch. */
interface ConfirmRequest {
  workloadId: string;
  policy: Policy;
  to: Mode | SavedState;
  signal?: AbortSignal | undefined;
  reconnect: (signal: AbortSignal | undefined) => Promise<Connection>;
}

async function verify(
  { agent, info }: Connection,
  { workloadId, policy }: ConfirmRequest,
  plan: Plan,
): Promise<void> {
  const { verdict } = await observe(agent, workloadId, policy, info.iptables);
  if (plan.expect.includes(verdict.kind)) return;
  const lines = [...verdict.missing, ...verdict.evidence];
  throw new VerifyError(
    `The verdict is "${verdict.kind}", and should be "${plan.expect.join('" or "')}". ${lines.join(' ')}`.trim(),
  );
}

/** Real connections prove that each clause of the policy holds. What is come back to is by a policy that is not known. */
async function prove(
  connection: Connection,
  { workloadId, policy, to, signal }: ConfirmRequest,
): Promise<void> {
  if (typeof to !== 'string') return;
  const checks = await verifyWorkload({ connection, workloadId, policy, mode: to, signal });
  const failed = checks.filter(({ outcome }) => outcome === 'failed');
  if (failed.length === 0) return;
  throw new VerifyError(failed.map(({ title, message }) => `${title}: ${message}`).join(' '));
}

/**
 * Looks at an armed switch over a new connection, tries it with real connections, and confirms it over the same. Where the node cannot be reached anew, or
 * the workload is not as it should be, the switch is taken back: rejects with SwitchError.
 */
export async function confirmSwitch(
  request: ConfirmRequest,
  plan: Plan,
  applied: AppliedSwitch,
): Promise<void> {
  const { workloadId: workload, signal } = request;
  let second: Connection | null = null;
  try {
    applied.begins('Reach the node over another connection');
    second = await request.reconnect(signal);
    await verify(second, request, plan);
    applied.begins('Prove it with real connections');
    await prove(second, request);
    signal?.throwIfAborted();
    applied.begins('Confirm');
    await second.agent.request('switch/confirm', { workload, switch: applied.id });
  } catch (cause) {
    throw await applied.failed(cause, second?.agent);
  } finally {
    second?.dispose();
  }
}
