import * as z from 'zod';

/** An address and a port in host order. */
export const Endpoint = z.object({ address: z.string(), port: z.number().int().min(0).max(65535) });
export type Endpoint = z.infer<typeof Endpoint>;

/** A real connection that is made to see who takes it. */
export const Probe = z.object({
  id: z.string(),
  /**
   * `inside`: by a process in the workload's network namespace and cgroup. `outside`: from a neighbour that is made for
   * the moment, over an interface of its own, to one of the workload's addresses.
   */
  from: z.enum(['inside', 'outside']),
  /** Who connects; of no meaning for `outside`. */
  uid: z.number().int().nonnegative(),
  gid: z.number().int().nonnegative(),
  /** All of one family. The first one to which there is a route is taken. */
  destinations: z.array(z.string()).min(1),
  port: z.number().int().min(1).max(65535),
  /** Milliseconds to wait for an answer, and then for somebody to accept. */
  patience: z.number().int().min(1).max(60_000),
});
export type Probe = z.infer<typeof Probe>;

/** Who took a probe's connection, inside the workload. */
export const Acceptance = z.object({
  /** The accepted socket's own address, after whatever was rewritten. */
  local: Endpoint,
  uid: z.number().int().nonnegative(),
  /** Null where nobody has accepted it from the kernel's queue, or it was closed at once. */
  pid: z.number().int().positive().nullable(),
  comm: z.string().nullable(),
  /** What SO_ORIGINAL_DST (or IP6T_SO_ORIGINAL_DST) answers on that socket; null where it has no answer or is gone. */
  originalDestination: Endpoint.nullable(),
});
export type Acceptance = z.infer<typeof Acceptance>;

/** What became of a probe. */
export const ProbeResult = z.object({
  id: z.string(),
  destination: z.string(),
  port: z.number().int(),
  /** Null where the connection was never begun. */
  source: Endpoint.nullable(),
  outcome: z.enum(['established', 'refused', 'unreachable', 'no-answer', 'failed']),
  errno: z.number().int().nullable(),
  /** What getpeername(2) tells who connected; null unless established. */
  peer: Endpoint.nullable(),
  /** Null where nobody inside the workload took it. */
  accepted: Acceptance.nullable(),
});
export type ProbeResult = z.infer<typeof ProbeResult>;
