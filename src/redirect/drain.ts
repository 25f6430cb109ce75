import { AppliedSwitch } from './apply';
import { observe } from './observe';
import { preparePlan, type SwitchRequest } from './switch';

/** What is needed to look after a workload whose older connections drain. */
export type DrainRequest = Pick<
  SwitchRequest,
  'connection' | 'workloadId' | 'policy' | 'objectsDirectory' | 'holder' | 'signal'
>;

/**
 * Looks once more at a workload after a switch whose keeper on the node waits no longer, and takes away what was kept for
 * its older connections if they are gone. It is planned anew from what is there now, so that a switch made elsewhere in
 * the meantime is not undone. Gives how many connections still need it; null where a keeper sees to it. Rejects as
 * `preparePlan` does.
 */
export async function finishDrain(request: DrainRequest): Promise<number | null> {
  const { connection, workloadId: workload, policy, holder, signal } = request;
  const { agent, info } = connection;
  const { switches } = await agent.request('switch/list', {});
  if (switches.some((one) => one.workload === workload && one.kept)) return null;
  const { verdict } = await observe(agent, workload, policy, info.iptables);
  const { kind, draining } = verdict;
  if (!draining || (kind !== 'none' && kind !== 'iptables' && kind !== 'ebpf')) return 0;
  const { closing } = await preparePlan({ ...request, to: kind });
  if (!closing) return 0;
  const title = 'Let go of older connections';
  const applied = new AppliedSwitch(agent, { workload, title, holder, deadline: 0, drain: 0, signal });
  try {
    await applied.begin({ steps: [], closing, undoClosing: null });
    return await applied.closed();
  } finally {
    applied.dispose();
  }
}
