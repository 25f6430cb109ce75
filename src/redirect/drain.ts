import { closePlan } from './close';
import { observe } from './observe';
import { preparePlan, type SwitchRequest } from './switch';

/** What is needed to look after a workload whose older connections drain. */
export type DrainRequest = Omit<SwitchRequest, 'mode' | 'onStep' | 'onWaiting' | 'drainLimit' | 'cut'>;

/**
 * Looks once more at a workload after a switch, and takes away what was kept for its older connections if they are gone.
 * It is planned anew from what is there now, so that a switch made elsewhere in the meantime is not undone. Gives how many
 * connections still need it. Rejects as `preparePlan` does.
 */
export async function finishDrain(request: DrainRequest): Promise<number> {
  const { connection, workloadId: workload, policy, signal } = request;
  const { verdict } = await observe(connection.agent, workload, policy);
  const { kind, draining } = verdict;
  if (!draining || (kind !== 'none' && kind !== 'iptables' && kind !== 'ebpf')) return 0;
  const { closing } = await preparePlan({ ...request, mode: kind });
  if (!closing) return 0;
  return await closePlan(connection.agent, closing, { workload, signal, limit: 0, cut: false });
}
