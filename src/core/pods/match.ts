import type { Pod, Workload } from '../model';
import type { Sandbox } from './sandbox';

/** The kubelet names a pod's cgroup by its uid: `pod0f5c1a2e-...`, and with systemd `pod0f5c1a2e_....slice`. */
const withUid = (cgroup: string, uid: string): boolean =>
  cgroup.split('/').some((part) =>
    part
      .replace(/\.slice$/, '')
      .replaceAll('_', '-')
      .endsWith(`pod${uid}`),
  );

const isOf =
  (workload: Workload) =>
  ({ pod, pid, netns }: Sandbox): boolean =>
    workload.processes.some((process) => process.pid === pid) ||
    (netns !== null && workload.name === netns) ||
    (pod.uid !== '' && workload.cgroup !== null && withUid(workload.cgroup, pod.uid));

/**
 * The pods of workloads, by the workloads' ids: by the sandbox's process, by the name of the network namespace, by the uid in the
 * cgroup. Pods on the host's network are none: they share the node's own.
 */
export function matchPods(
  workloads: readonly Workload[],
  sandboxes: readonly Sandbox[],
): ReadonlyMap<string, Pod> {
  const pods = new Map<string, Pod>();
  for (const workload of workloads) {
    if (workload.host) continue;
    const sandbox = sandboxes.find(isOf(workload));
    if (sandbox) pods.set(workload.id, sandbox.pod);
  }
  return pods;
}
