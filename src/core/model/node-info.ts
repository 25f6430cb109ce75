import * as z from 'zod';
import { Backend, Family } from './snapshot';

export const Architecture = z.enum(['x86_64', 'arm64']);
export type Architecture = z.infer<typeof Architecture>;

/** One iptables that the node has: a family in a back-end. */
export const IptablesTool = z.object({
  family: Family,
  backend: Backend,
  version: z.string(),
  /** True for the one that plain `iptables` or `ip6tables` on the node means: the one we write to. */
  isDefault: z.boolean(),
});
export type IptablesTool = z.infer<typeof IptablesTool>;

/** Whether a minimal program of the hook's kind really loads on the node. */
export const HookSupport = z.object({
  hook: z.string(),
  supported: z.boolean(),
  /** The kernel's answer where it does not. */
  reason: z.string().nullable(),
});
export type HookSupport = z.infer<typeof HookSupport>;

/** Something that the node lacks. The remedy for each code is core/node-check's. */
export const MissingCode = z.enum([
  'root',
  'iptables',
  'ip6tables',
  'cgroup2',
  'bpffs',
  'btf',
  'hook',
  'netns-cookie',
]);
export type MissingCode = z.infer<typeof MissingCode>;

/** What may stand in the way although nothing is missing. */
export const NodeConditions = z.object({
  /** The kernel's lockdown mode (kernel_lockdown(7)); null where the kernel does not tell. */
  lockdown: z.string().nullable(),
  /** RLIMIT_MEMLOCK in bytes; null: no limit. Kernels since 5.11 do not count BPF maps by it. */
  memlock: z.number().nonnegative().nullable(),
  /** True while another process holds the lock of the legacy iptables tools. */
  xtablesLocked: z.boolean(),
});
export type NodeConditions = z.infer<typeof NodeConditions>;

/** What a node is and can do; the answer to `initialize`. */
export const NodeInfo = z.object({
  protocol: z.number().int(),
  agent: z.object({ version: z.string(), pid: z.number().int().positive() }),
  /** Another one after each boot: cookies of namespaces mean nothing across boots. */
  bootId: z.string(),
  hostname: z.string(),
  kernel: z.string(),
  arch: Architecture,
  uid: z.number().int().nonnegative(),
  iptables: z.array(IptablesTool),
  /** Where cgroup v2 is mounted; `null` if nowhere. */
  cgroup2: z.string().nullable(),
  bpffs: z.string().nullable(),
  btf: z.boolean(),
  hooks: z.array(HookSupport),
  conditions: NodeConditions,
  missing: z.array(z.object({ code: MissingCode, detail: z.string() })),
});
export type NodeInfo = z.infer<typeof NodeInfo>;
