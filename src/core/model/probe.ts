import * as z from 'zod';

/** An address and a port in host order. IPv4-mapped addresses are IPv4 ones here. */
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
  /**
   * All of one family. `inside`: the first one to which there is a route is taken, and where there is none, the first.
   * `outside`: the first one that is the workload's own.
   */
  destinations: z.array(z.string()).min(1).max(64),
  port: z.number().int().min(1).max(65535),
  /** Of `outside`: the address that the connection comes from, for as long as it is probed; of the agent's choice unless told. */
  source: z.string().optional(),
  /** Milliseconds to wait until it is answered and accepted. */
  patience: z.number().int().min(1).max(10_000),
});
export type Probe = z.infer<typeof Probe>;

/** Who took a probe's connection, inside the workload. */
export const Acceptance = z.object({
  /** The accepted socket's own address, after whatever was rewritten. */
  local: Endpoint,
  /** Whose socket it is. Null, as all that follows, where nobody has accepted it from the kernel's queue, or it was closed at once. */
  uid: z.number().int().nonnegative().nullable(),
  /** Null also where no process of the workload holds it. */
  pid: z.number().int().positive().nullable(),
  comm: z.string().nullable(),
  /** What SO_ORIGINAL_DST (or IP6T_SO_ORIGINAL_DST) answers on that socket; null also where it has no answer. */
  originalDestination: Endpoint.nullable(),
});
export type Acceptance = z.infer<typeof Acceptance>;

/** What became of a probe. */
export const ProbeResult = z.object({
  id: z.string(),
  destination: z.string(),
  port: z.number().int(),
  /** Null where connect(2) failed at once. */
  source: Endpoint.nullable(),
  /** `failed`: for a reason that is none of the others; `errno` has it. */
  outcome: z.enum(['established', 'refused', 'unreachable', 'no-answer', 'failed']),
  errno: z.number().int().nullable(),
  /** What getpeername(2) tells who connected; null unless established. */
  peer: Endpoint.nullable(),
  /** Null where nobody inside the workload took it. */
  accepted: Acceptance.nullable(),
});
export type ProbeResult = z.infer<typeof ProbeResult>;
