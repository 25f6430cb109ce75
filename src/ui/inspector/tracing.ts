import { randomUUID } from 'node:crypto';
import type { MapContents } from '../../core/ebpf';
import { parseRuleset } from '../../core/iptables';
import type { Family, Snapshot, TraceEvent } from '../../core/model';
import type { Policy } from '../../core/policy';
import {
  differences,
  explainWhole,
  rulesOf,
  toldApart,
  type RulesStation,
  type WholeTrace,
} from '../../core/trace';
import type { Agent } from '../../nodes/agent/agent';
import type { LiveTrace, ToTrace, TraceQuery } from '../../protocol/trace';
import { Disposable } from '../dispose';
import { HookEvents } from './hook-events';
import {
  connectionOf,
  connectionViews,
  explanationView,
  limitsOf,
  packetView,
  type RulesOf,
} from './trace-words';

/** How long the kernel is asked to trace, in seconds, if nobody stops it. */
const TRACE_SECONDS = 120;

/** Packets that are kept for showing: the latest. */
const PACKETS = 20;

export interface TracingFacts {
  agent: Agent;
  workload: string;
  /** Rejects where the workload is gone. */
  policy: () => Promise<Policy>;
  post: (message: ToTrace) => void;
  failed: (error: unknown) => void;
}

interface Explained {
  whole: WholeTrace;
  snapshot: Snapshot;
  family: Family;
  /** Of this family. */
  rules: RulesOf;
}

interface Watching extends Explained {
  id: string;
  state: LiveTrace['state'];
  traced: string;
  /** What is compared with the kernel's word. */
  compared: readonly RulesStation[];
  /** Why the kernel does not tell of legacy rules. */
  untold: string | null;
  packets: Map<number, TraceEvent[]>;
  hooks: HookEvents | null;
}

/** Explains connections of one workload, and has the kernel show what it does with them. */
export class Tracing extends Disposable {
  readonly #facts: TracingFacts;
  #watching: Watching | null = null;

  constructor(facts: TracingFacts) {
    super();
    this.#facts = facts;
    this._register({
      dispose: facts.agent.on('trace/event', ({ trace, ...event }) => {
        if (trace === this.#watching?.id) this.#hop(this.#watching, event);
      }),
    });
    this._register({
      dispose: facts.agent.on('trace/ended', ({ trace, reason }) => {
        if (trace === this.#watching?.id) this.#end(this.#watching, reason);
      }),
    });
  }

  /** Says what becomes of a connection by what is there now. */
  async explain(query: TraceQuery): Promise<void> {
    await this.#explained(query);
  }

  /** Explains it, and has the kernel trace such connections. */
  async watch(query: TraceQuery): Promise<void> {
    this.stop();
    const explained = await this.#explained(query);
    if (!explained || this.isDisposed) return;
    const { agent, workload } = this.#facts;
    const compared = rulesOf(explained.whole);
    const hooked = explained.whole.stations.some(({ by }) => by.kind === 'hooks');
    const seen =
      (compared[0] ?? explained.whole.stations[0])?.connection ?? connectionOf(query, explained.snapshot);
    const outbound = query.direction === 'outbound';
    const id = `inspector-${randomUUID()}`;
    const watching: Watching = {
      ...explained,
      ...{ id, state: 'watching', compared, untold: null, packets: new Map() },
      traced: `new connections to ${seen.destination} port ${seen.destinationPort}${
        outbound ? ` by user ${seen.uid}` : query.source ? ` from ${query.source}` : ''
      }`,
      hooks: hooked
        ? this._register(
            new HookEvents(
              agent,
              workload,
              explained.snapshot,
              query,
              () => {
                this.#tell(watching);
              },
              this.#facts.failed,
            ),
          )
        : null,
    };
    this.#watching = watching;
    try {
      const { untold } = await agent.request('trace/start', {
        ...{ workload, trace: id, seconds: TRACE_SECONDS, family: explained.family },
        legacy: explained.rules.has('legacy'),
        ...{ direction: query.direction, uid: outbound ? query.uid : null },
        ...{ source: outbound || query.source === '' ? null : query.source, sourcePort: null },
        ...{ destination: seen.destination, destinationPort: seen.destinationPort },
      });
      watching.untold = untold;
      if (untold !== null) watching.compared = compared.filter(({ by }) => by.backend !== 'legacy');
    } catch (error) {
      // Refused, of a read-only node or an older kernel: then there is nothing to stop.
      watching.hooks?.dispose();
      this.#watching = null;
      throw error;
    }
    this.#tell(watching);
  }

  /** Ends what the kernel was asked for. */
  stop(): void {
    const watching = this.#watching;
    if (!watching) return;
    if (watching.state === 'watching') {
      // Where the agent has ended, nothing is left of it.
      this.#facts.agent.request('trace/stop', { trace: watching.id }).catch(this.#facts.failed);
      this.#end(watching, 'stopped');
    }
    this.#watching = null;
  }

  /** Tells the open connections, to begin from. */
  async listConnections(): Promise<void> {
    const { agent, workload, post } = this.#facts;
    const [{ connections }, snapshot] = await Promise.all([
      agent.request('connections/list', { workload, ports: null }),
      agent.request('snapshot', { workload }),
    ]);
    if (!this.isDisposed) post({ type: 'connections', connections: connectionViews(connections, snapshot) });
  }

  override dispose(): void {
    this.stop();
    super.dispose();
  }

  async #explained(query: TraceQuery): Promise<Explained | null> {
    const { agent, workload, post } = this.#facts;
    const [snapshot, policy] = await Promise.all([
      agent.request('snapshot', { workload }),
      this.#facts.policy(),
    ]);
    const hook =
      query.direction === 'inbound' ? 'sk_lookup' : query.destination.includes(':') ? 'connect6' : 'connect4';
    const attached = snapshot.attachments.some((one) => one.pin !== null && one.hook === hook);
    const maps = attached ? await readMaps(agent, snapshot) : null;
    const rulesets = snapshot.rulesets.map(({ family, backend, text }) => ({
      ...{ family, backend, ruleset: parseRuleset(text) },
    }));
    const interfaces = snapshot.addresses.map((one) => ({ name: one.interface, index: one.index }));
    try {
      const whole = explainWhole({ rulesets, maps, interfaces }, policy, connectionOf(query, snapshot));
      if (this.isDisposed) return null;
      post({ type: 'explanation', explanation: explanationView(query, whole) });
      const family = query.destination.includes(':') ? 'ipv6' : 'ipv4';
      const own = rulesets.filter((one) => one.family === family);
      return { whole, snapshot, family, rules: new Map(own.map((one) => [one.backend, one.ruleset])) };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      post({ type: 'explanationFailed', message: error.message });
      return null;
    }
  }

  #hop(watching: Watching, told: TraceEvent): void {
    const ruleset = watching.rules.get(told.backend);
    const event = ruleset ? toldApart(told, ruleset) : told;
    const known = watching.packets.get(event.packet);
    if (known) known.push(event);
    else watching.packets.set(event.packet, [event]);
    const [oldest] = watching.packets.keys();
    if (watching.packets.size > PACKETS && oldest !== undefined) watching.packets.delete(oldest);
    this.#tell(watching);
  }

  #end(watching: Watching, state: LiveTrace['state']): void {
    watching.state = state;
    watching.hooks?.dispose();
    this.#tell(watching);
  }

  #tell(watching: Watching): void {
    if (this.isDisposed || watching !== this.#watching) return;
    const { state, traced, packets, rules, compared, untold } = watching;
    this.#facts.post({
      type: 'liveTrace',
      live: {
        ...{ state, traced, limits: limitsOf(untold) },
        hooks: watching.hooks?.lines() ?? [],
        packets: [...packets].map(([id, events]) => ({
          ...packetView(id, events, rules),
          differences: differencesOf(compared, events),
        })),
      },
    });
  }
}

/** Only a packet that has come out is compared: of others, not all is told yet. */
function differencesOf(stations: readonly RulesStation[], events: readonly TraceEvent[]): string[] {
  if (!events.some(({ kind, verdict }) => kind === 'end' || verdict === 'drop')) return [];
  return differences(stations, events).map(
    ({ explained, kernel }) =>
      `explained: ${explained ?? 'nothing more'}; the kernel: ${kernel ?? 'nothing more'}`,
  );
}

/** Read when it is needed: `redirect` is no part of what activation loads. */
async function readMaps(agent: Agent, snapshot: Snapshot): Promise<MapContents[]> {
  const { readPolicyMaps } = await import('../../redirect');
  return readPolicyMaps(agent, snapshot);
}
