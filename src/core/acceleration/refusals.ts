import type { NodeInfo, Snapshot } from '../model';
import { isAtLeast } from '../node-check';
import type { Refusal, VerdictKind } from '../redirect';

/**
 * The oldest kernel that counts what waits in a sockhash as it counts what TCP brought ("tcp_bpf: Charge receive socket
 * buffer in bpf_tcp_ingress()"). Before, nothing would hold a sender whose reader has stopped.
 */
export const ACCELERATION_KERNEL = '6.13';

/** Everything that speaks against accelerating a workload, found before anything is changed. */
export function accelerationRefusals(
  { workload }: Pick<Snapshot, 'workload'>,
  { kernel }: Pick<NodeInfo, 'kernel'>,
  verdict: VerdictKind,
): Refusal[] {
  const refusals: Refusal[] = [];
  if (workload.host) {
    refusals.push({
      code: 'host',
      message: 'This is the namespace of the node itself; its connections are not accelerated.',
      remedy: 'Choose a pod or another namespace.',
    });
  }
  if (!isAtLeast(kernel, ACCELERATION_KERNEL)) {
    refusals.push({
      code: 'node',
      message: `Linux ${kernel} does not count what waits in a sockhash: nothing would hold a sender whose reader has stopped.`,
      remedy: `Use a kernel ${ACCELERATION_KERNEL} or later to accelerate.`,
    });
  }
  if (verdict !== 'ebpf') {
    refusals.push({
      code: 'mode',
      message: 'Only a workload in eBPF mode can be accelerated.',
      remedy: 'Switch it to eBPF first.',
    });
  }
  return refusals;
}
