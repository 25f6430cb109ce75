import * as z from 'zod';
import { Workload } from './workload';

export const Family = z.enum(['ipv4', 'ipv6']);
export type Family = z.infer<typeof Family>;

/** Which kernel interface holds the rules: the nf_tables one or x_tables. Both can hold rules at once. */
export const Backend = z.enum(['nft', 'legacy']);
export type Backend = z.infer<typeof Backend>;

/** The rules of one family in one back-end, as `iptables-save -c` prints them. */
export const RulesetText = z.object({ family: Family, backend: Backend, text: z.string() });
export type RulesetText = z.infer<typeof RulesetText>;

/** A BPF program attached where the workload's connections pass. */
export const Attachment = z.object({
  /** `connect4`, `sk_lookup`, ... for the hooks of eBPF mode; libbpf's attach type name for others. */
  hook: z.string(),
  target: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('cgroup'), path: z.string() }),
    z.object({ kind: z.literal('netns') }),
  ]),
  program: z.number().int().positive(),
  /** `null` for programs attached without a link (BPF_PROG_ATTACH). */
  link: z.number().int().positive().nullable(),
  /** The link's pin below bpffs, when it is one of ours. */
  pin: z.string().nullable(),
});
export type Attachment = z.infer<typeof Attachment>;

export const Program = z.object({
  id: z.number().int().positive(),
  name: z.string(),
  type: z.string(),
  tag: z.string(),
  /** Bytes of translated and of JITed code; 0 where the kernel hides it. */
  translatedSize: z.number().int().nonnegative(),
  jitedSize: z.number().int().nonnegative(),
  maps: z.array(z.number().int().positive()),
  runCount: z.number().nonnegative(),
  /** Nanoseconds spent, counted only while the kernel's BPF statistics are on. */
  runTime: z.number().nonnegative(),
});
export type Program = z.infer<typeof Program>;

const sourcePlace = { function: z.string(), file: z.string(), line: z.number().int() };

/** A line of source that a loaded program was made of, with its text. */
export const SourceLine = z.object({ ...sourcePlace, text: z.string() });
export type SourceLine = z.infer<typeof SourceLine>;

/** What the kernel knows of a loaded program that changes, or takes a closer look. */
export const ProgramMeasure = z.object({
  id: z.number().int().positive(),
  runCount: z.number().nonnegative(),
  /** Nanoseconds; counted only while somebody has the kernel's BPF statistics on, as `runCount` is. */
  runTime: z.number().nonnegative(),
  /** Where its first line stands, as the compiler was told; null without BTF line info. */
  source: z.object(sourcePlace).nullable(),
});
export type ProgramMeasure = z.infer<typeof ProgramMeasure>;

export const MapInfo = z.object({
  id: z.number().int().positive(),
  name: z.string(),
  /** The kernel's name in lower case: `hash`, `lpm_trie`, `sk_storage`, `sockmap`. */
  type: z.string(),
  keySize: z.number().int().nonnegative(),
  valueSize: z.number().int().nonnegative(),
  maxEntries: z.number().int().nonnegative(),
  /** Bytes that the kernel charges for it (`memlock` in fdinfo). */
  memory: z.number().int().nonnegative(),
});
export type MapInfo = z.infer<typeof MapInfo>;

/** A listening TCP socket inside the workload's namespace. `::` listeners that accept IPv4 too have `v6only: false`. */
export const Listener = z.object({
  family: Family,
  address: z.string(),
  port: z.number().int().min(1).max(65535),
  uid: z.number().int().nonnegative(),
  v6only: z.boolean(),
});
export type Listener = z.infer<typeof Listener>;

/** An open TCP connection inside the workload's namespace, as one of its ends sees it (not LISTEN, TIME_WAIT or CLOSE). */
export const EstablishedConnection = z.object({
  family: Family,
  localAddress: z.string(),
  localPort: z.number().int().min(0).max(65535),
  remoteAddress: z.string(),
  remotePort: z.number().int().min(0).max(65535),
  uid: z.number().int().nonnegative(),
});
export type EstablishedConnection = z.infer<typeof EstablishedConnection>;

/** An address of one of the workload's interfaces. */
export const InterfaceAddress = z.object({
  interface: z.string(),
  index: z.number().int().positive(),
  family: Family,
  address: z.string(),
  prefix: z.number().int().min(0).max(128),
});
export type InterfaceAddress = z.infer<typeof InterfaceAddress>;

/** What acceleration does for a workload; docs/acceleration.md. Counts are since it was turned on. */
export const Acceleration = z.object({
  /** Interfaces at which it sees the workload's sockets. */
  interfaces: z.number().int().nonnegative(),
  /** Sockets of the whole node that have joined and are still open. */
  open: z.number().int().nonnegative(),
  /** Sockets of this workload that joined. */
  sockets: z.number().nonnegative(),
  /** Messages and bytes that skipped TCP. */
  messages: z.number().nonnegative(),
  bytes: z.number().nonnegative(),
  /** Messages of joined sockets that took TCP: the reader had not read all that TCP brought, */
  notRead: z.number().nonnegative(),
  /** had too much waiting already, */
  full: z.number().nonnegative(),
  /** had begun to close or waits in recv(2), */
  notSuitable: z.number().nonnegative(),
  /** or had not joined. */
  gone: z.number().nonnegative(),
});
export type Acceleration = z.infer<typeof Acceleration>;

/** Who has changed nf_tables rules: a process as the kernel names it (at most 15 bytes), with its id on the machine. */
export const RuleWriter = z.object({ process: z.string(), pid: z.number() });
export type RuleWriter = z.infer<typeof RuleWriter>;

/** Everything observed of one workload at one moment, in one round trip. */
export const Snapshot = z.object({
  workload: Workload,
  /** Milliseconds since the epoch, by the node's clock. */
  taken: z.number(),
  /** Only the families and back-ends that exist there; an absent one holds no rules. */
  rulesets: z.array(RulesetText),
  /** In the order in which the kernel runs them: outermost cgroup last, as the kernel lists them. */
  attachments: z.array(Attachment),
  programs: z.array(Program),
  maps: z.array(MapInfo),
  listeners: z.array(Listener),
  addresses: z.array(InterfaceAddress),
  /** Null where it is off, and in files of versions that had none. */
  acceleration: Acceleration.nullable().default(null),
  /**
   * Who has changed rules since the agent first took a snapshot, the latest last, with the time in milliseconds since the epoch. The
   * kernel tells it of namespaces that have an id in the node's, as those of pods with a veth pair have. None in files of versions
   * that did not hear of it.
   */
  writers: z.array(RuleWriter.extend({ time: z.number() })).default([]),
});
export type Snapshot = z.infer<typeof Snapshot>;
