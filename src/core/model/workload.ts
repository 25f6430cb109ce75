import * as z from 'zod';

/** A process of a workload, as /proc shows it. `uid` is the effective user. */
export const Process = z.object({
  pid: z.number().int().positive(),
  uid: z.number().int().nonnegative(),
  comm: z.string(),
});
export type Process = z.infer<typeof Process>;

/** One network namespace of a node, with its processes. See docs/agent-protocol.md, `workloads/list`. */
export const Workload = z.object({
  /**
   * Opaque and never used twice on a node until it reboots: `c<netns cookie>`, or `i<inode>` on kernels
   * before 5.14, which have no SO_NETNS_COOKIE. Inodes alone are reused as soon as a namespace is gone.
   */
  id: z.string().regex(/^[ci][0-9]+$/),
  inode: z.number().int().positive(),
  /** Decimal, because it is 64 bits wide. `null` where the kernel has none. */
  cookie: z
    .string()
    .regex(/^[0-9]+$/)
    .nullable(),
  /** The name under /run/netns, if it has one. */
  name: z.string().nullable(),
  /** True for the namespace that the node itself lives in. */
  host: z.boolean(),
  /** The port of the SSH connection through which the agent is reached, where that connection ends in this namespace. */
  controlPort: z.number().int().min(1).max(65535).nullable(),
  /**
   * The cgroup v2 path that holds every process of the workload and belongs to it alone, such as
   * `/kubepods/pod1`; `null` where it has none (the processes share a cgroup with others).
   */
  cgroup: z.string().nullable(),
  /** At most 64 of them, lowest pid first. */
  processes: z.array(Process),
  processCount: z.number().int().nonnegative(),
});
export type Workload = z.infer<typeof Workload>;

/** The name a person knows the workload by. */
export function workloadLabel(workload: Workload): string {
  if (workload.host) return 'host';
  if (workload.name !== null) return workload.name;
  const first = workload.processes[0];
  return first ? `${first.comm} (${first.pid})` : `netns ${workload.inode}`;
}
