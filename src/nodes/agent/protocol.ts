import * as z from 'zod';
import {
  Attachment,
  Family,
  Backend,
  EstablishedConnection,
  MapEntry,
  MapPage,
  NodeInfo,
  NodeResidue,
  Probe,
  ProbeResult,
  ProgramMeasure,
  RuleWriter,
  SourceLine,
  Recovered,
  Snapshot,
  SwitchJournal,
  SwitchState,
  TracedConnection,
  TraceEvent,
  Workload,
} from '../../core/model';

/** The version of docs/agent-protocol.md that this side speaks. */
export const PROTOCOL = 1;

/** How this side calls itself in `initialize`. */
export const CLIENT = 'mesh-redirect';

const empty = z.object({});
const workload = { workload: z.string() };
const entries = z.array(z.object({ key: z.string(), value: z.string() }));

const hooks = z.array(z.string());
const ruleset = { family: Family, backend: Backend };

/** What a switch does and undoes is made of: a verb of this table, with the params it takes. */
const call = z.object({ verb: z.string(), params: z.looseObject({}) });
const closing = z
  .object({
    ports: z.array(z.number()),
    origins: z.boolean(),
    steps: z.array(z.object({ title: z.string(), call })),
  })
  .nullable();
const theSwitch = { ...workload, switch: z.string() };

/** Every verb of the agent: what it takes and gives. docs/agent-protocol.md explains them. */
export const VERBS = {
  initialize: { params: z.object({ protocol: z.number(), client: z.string() }), result: NodeInfo },
  'workloads/list': { params: empty, result: z.object({ workloads: z.array(Workload) }) },
  snapshot: { params: z.object(workload), result: Snapshot },
  'iptables/restore': {
    params: z.object({
      ...workload,
      family: Family,
      backend: Backend,
      text: z.string(),
      waitSeconds: z.number(),
    }),
    result: empty,
  },
  'bpf/load': {
    params: z.object({
      ...workload,
      object: z.string(),
      sha256: z.string(),
      maps: z.array(z.object({ map: z.string(), entries })),
      reuse: z.array(z.object({ map: z.string(), id: z.number() })).optional(),
    }),
    result: z.object({
      load: z.string(),
      programs: z.array(z.object({ name: z.string(), id: z.number(), tag: z.string() })),
      maps: z.array(z.object({ name: z.string(), id: z.number() })),
    }),
  },
  'bpf/attach': {
    params: z.object({ ...workload, load: z.string(), programs: z.array(z.string()) }),
    result: z.object({
      links: z.array(z.object({ program: z.string(), hook: z.string(), id: z.number(), pin: z.string() })),
    }),
  },
  'bpf/detach': {
    params: z.object({ ...workload, hooks }),
    result: z.object({ detached: hooks }),
  },
  'listeners/adopt': {
    params: z.object({
      ...workload,
      map: z.number(),
      port: z.number(),
      slots: z.object({ first: z.number(), count: z.number() }),
    }),
    result: z.object({ adopted: z.number() }),
  },
  'connections/list': {
    params: z.object({ ...workload, ports: z.array(z.number()).nullable() }),
    result: z.object({ connections: z.array(EstablishedConnection) }),
  },
  'conntrack/forget': {
    params: z.object(workload),
    result: z.object({ forgotten: z.number().int().nonnegative() }),
  },
  'connections/probe': {
    params: z.object({ ...workload, probes: z.array(Probe) }),
    result: z.object({ results: z.array(ProbeResult) }),
  },
  'workload/verify': {
    params: z.object({
      ...workload,
      rules: z.array(
        z.object({ family: Family, backend: Backend, has: z.array(z.string()), lacks: z.array(z.string()) }),
      ),
      hooks: z.object({ attached: hooks, detached: hooks }),
    }),
    result: empty,
  },
  'switch/apply': {
    params: z.object({
      ...theSwitch,
      holder: z.string(),
      title: z.string(),
      deadline: z.number(),
      drain: z.number(),
      steps: z.array(z.object({ title: z.string(), call, undo: z.array(call) })),
      closing,
      undoClosing: closing,
    }),
    result: empty,
  },
  'switch/confirm': { params: z.object(theSwitch), result: empty },
  'switch/cancel': { params: z.object(theSwitch), result: empty },
  'switch/list': { params: empty, result: z.object({ switches: z.array(SwitchJournal) }) },
  'switch/recover': { params: empty, result: z.object({ recovered: z.array(Recovered) }) },
  'residue/list': { params: empty, result: NodeResidue },
  'residue/remove': {
    params: z.object({ links: z.array(z.number()), files: z.array(z.string()) }),
    result: empty,
  },
  'acceleration/start': {
    params: z.object({ ...workload, object: z.string(), sha256: z.string() }),
    result: z.object({ interfaces: z.number().int().nonnegative() }),
  },
  'acceleration/stop': { params: z.object(workload), result: empty },
  'programs/measure': {
    params: z.object({ programs: z.array(z.number()), measure: z.boolean() }),
    result: z.object({ programs: z.array(ProgramMeasure) }),
  },
  'programs/source': {
    params: z.object({ program: z.number() }),
    result: z.object({ lines: z.array(SourceLine) }),
  },
  'maps/dump': {
    params: z.object({ map: z.number(), cursor: z.string().nullable(), limit: z.number() }),
    result: MapPage,
  },
  'maps/named': {
    params: z.object({ ...workload, names: z.array(z.string()), limit: z.number() }),
    result: z.object({ pages: z.array(MapPage) }),
  },
  'maps/update': {
    params: z.object({ map: z.number(), set: entries, delete: z.array(z.string()) }),
    result: empty,
  },
  'watch/start': {
    params: z.object({
      ...workload,
      watch: z.string(),
      interval: z.number(),
      rulesets: z.boolean(),
      attachments: z.boolean(),
      maps: z.array(z.number()),
      known: z.array(z.object({ ...ruleset, digest: z.string() })),
    }),
    result: empty,
  },
  'watch/visible': {
    params: z.object({
      watch: z.string(),
      rulesets: z.array(z.object({ ...ruleset, lines: z.array(z.tuple([z.number(), z.number()])) })),
      maps: z.array(
        z.object({
          map: z.number(),
          keys: z.array(z.string()),
          page: z.object({ after: z.string().nullable(), limit: z.number() }).nullable(),
        }),
      ),
    }),
    result: empty,
  },
  'watch/stop': { params: z.object({ watch: z.string() }), result: empty },
  'trace/start': {
    params: z.object({
      ...workload,
      ...{ trace: z.string(), seconds: z.number(), ...TracedConnection.shape },
      /** Whether legacy rules are to be told of, too. */
      legacy: z.boolean(),
    }),
    /** Why these are not, for people. */
    result: z.object({ untold: z.string().nullable() }),
  },
  'trace/stop': { params: z.object({ trace: z.string() }), result: empty },
} as const;

export type Verb = keyof typeof VERBS;
export type Params<V extends Verb> = z.infer<(typeof VERBS)[V]['params']>;
export type Result<V extends Verb> = z.infer<(typeof VERBS)[V]['result']>;

/** What changed since the last notification of the same watch. */
export const WatchChanged = z.object({
  watch: z.string(),
  taken: z.number().optional(),
  gone: z.literal(true).optional(),
  rulesets: z
    .array(
      z.union([
        z.object({ ...ruleset, text: z.string() }),
        z.object({
          ...ruleset,
          counters: z.array(z.tuple([z.number(), z.number(), z.number()])),
          since: z.number().nullable(),
        }),
      ]),
    )
    .optional(),
  attachments: z.array(Attachment).optional(),
  writers: z.array(RuleWriter).optional(),
  maps: z
    .array(
      z.union([
        z.object({ map: z.number(), gone: z.literal(true) }),
        z.object({ map: z.number(), set: z.array(MapEntry), delete: z.array(z.string()) }),
      ]),
    )
    .optional(),
});
export type WatchChanged = z.infer<typeof WatchChanged>;

/** How far a switch that this connection began has come. */
export const SwitchChanged = z.object({
  ...theSwitch,
  state: z.union([SwitchState, z.literal('lost')]),
  /** Of `applying`: which step begins, from 1, of how many. */
  step: z.number().int().optional(),
  steps: z.number().int().optional(),
  title: z.string().optional(),
  /** Of `closing` and `closed`: older connections that are still open. */
  remaining: z.number().int().optional(),
  /** Of `reverting` and `reverted`: why. */
  reason: z.enum(['failed', 'cancelled', 'deadline']).optional(),
  /** What went wrong, as an error reply of the verb would say it. */
  failure: z
    .object({ verb: z.string(), message: z.string(), data: z.looseObject({ kind: z.string() }) })
    .optional(),
});
export type SwitchChanged = z.infer<typeof SwitchChanged>;

/** One thing that the kernel did with a packet that is traced. */
export const TraceHop = TraceEvent.extend({ trace: z.string() });
export type TraceHop = z.infer<typeof TraceHop>;

/** A trace that was not stopped is over: its time is, or the kernel has told more than anybody reads. */
export const TraceEnded = z.object({ trace: z.string(), reason: z.enum(['time', 'enough']) });
export type TraceEnded = z.infer<typeof TraceEnded>;

export const AgentLog = z.object({
  level: z.enum(['debug', 'info', 'warn', 'error']),
  message: z.string(),
  argv: z.array(z.string()).optional(),
  netns: z.number().int().optional(),
  exitCode: z.number().optional(),
  milliseconds: z.number().optional(),
});
export type AgentLog = z.infer<typeof AgentLog>;

/** Everything that the agent tells without being asked: its notifications, by their names. */
export const NOTIFICATIONS = {
  'watch/changed': WatchChanged,
  'switch/changed': SwitchChanged,
  'trace/event': TraceHop,
  'trace/ended': TraceEnded,
  log: AgentLog,
} as const;

export type Notification = keyof typeof NOTIFICATIONS;
/** What comes with one. */
export type Told<N extends Notification> = z.infer<(typeof NOTIFICATIONS)[N]>;

/** `data` of an error with code -32000. The kinds are listed in docs/agent-protocol.md. */
export const AgentErrorData = z.looseObject({ kind: z.string() });
export type AgentErrorData = z.infer<typeof AgentErrorData>;
