import * as z from 'zod';
import {
  Attachment,
  Family,
  Backend,
  EstablishedConnection,
  MapEntry,
  MapPage,
  NodeInfo,
  Snapshot,
  Workload,
} from '../../core/model';

/** The version of docs/agent-protocol.md that this side speaks. */
export const PROTOCOL = 1;

/** How this side calls itself in `initialize`. */
export const CLIENT = 'mesh-redirect';

const empty = z.object({});
const workload = { workload: z.string() };
const entries = z.array(z.object({ key: z.string(), value: z.string() }));

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
    params: z.object({ ...workload, hooks: z.array(z.string()) }),
    result: z.object({ detached: z.array(z.string()) }),
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
    params: z.object({ ...workload, ports: z.array(z.number()) }),
    result: z.object({ connections: z.array(EstablishedConnection) }),
  },
  'maps/dump': {
    params: z.object({ map: z.number(), cursor: z.string().nullable(), limit: z.number() }),
    result: MapPage,
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
    }),
    result: empty,
  },
  'watch/stop': { params: z.object({ watch: z.string() }), result: empty },
} as const;

export type Verb = keyof typeof VERBS;
export type Params<V extends Verb> = z.infer<(typeof VERBS)[V]['params']>;
export type Result<V extends Verb> = z.infer<(typeof VERBS)[V]['result']>;

const ruleset = { family: Family, backend: Backend };

/** What changed since the last notification of the same watch. */
export const WatchChanged = z.object({
  watch: z.string(),
  taken: z.number().optional(),
  gone: z.literal(true).optional(),
  rulesets: z
    .array(
      z.union([
        z.object({ ...ruleset, text: z.string() }),
        z.object({ ...ruleset, counters: z.array(z.tuple([z.number(), z.number(), z.number()])) }),
      ]),
    )
    .optional(),
  attachments: z.array(Attachment).optional(),
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

export const AgentLog = z.object({
  level: z.enum(['debug', 'info', 'warn', 'error']),
  message: z.string(),
  argv: z.array(z.string()).optional(),
  exitCode: z.number().optional(),
  milliseconds: z.number().optional(),
});
export type AgentLog = z.infer<typeof AgentLog>;

/** `data` of an error with code -32000. The kinds are listed in docs/agent-protocol.md. */
export const AgentErrorData = z.looseObject({ kind: z.string() });
export type AgentErrorData = z.infer<typeof AgentErrorData>;
