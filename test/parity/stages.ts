import assert from 'node:assert/strict';
import { mapsFromPolicy, type MapContents, type WorkloadFacts } from '../../src/core/ebpf';
import { renderPolicy, transitionText, type Redirection } from '../../src/core/iptables';
import { REDIRECT_HOOKS, type Backend, type Family } from '../../src/core/model';
import type { Policy } from '../../src/core/policy';
import { mapChanges } from '../../src/core/redirect/differences';
import { cgroup2Mount } from '../../playground/cgroup';
import { onInterrupt } from '../../playground/interrupts';
import { TestAgent } from '../kernel/agent/harness';
import { loadRedirect, removePins } from '../kernel/agent/redirect-object';
import { INTERFACES, Network, POD_ADDRESS } from './network';
import type { Connection, Outcome } from './outcome';
import type { Peer, Served } from './peer';

/** What redirects the pod of a stage. */
interface Redirector {
  /** Brings the running redirection to this policy. */
  apply(policy: Policy): Promise<void>;
  remove(): Promise<void>;
}

const FAMILIES: Family[] = ['ipv4', 'ipv6'];

/** iptables mode in one back-end. */
class Rules implements Redirector {
  readonly #agent: TestAgent;
  readonly #workload: string;
  readonly #backend: Backend;
  readonly #present = new Map<Family, Redirection>();

  constructor(agent: TestAgent, workload: string, backend: Backend) {
    this.#agent = agent;
    this.#workload = workload;
    this.#backend = backend;
  }

  async apply(policy: Policy): Promise<void> {
    for (const family of FAMILIES) {
      const wanted = renderPolicy(policy, family, { podAddress: POD_ADDRESS });
      const text = transitionText(this.#present.get(family) ?? { chains: [], jumps: [] }, wanted);
      if (text === null) continue;
      await this.#agent.client.request('iptables/restore', {
        ...{ workload: this.#workload, family, backend: this.#backend, text, waitSeconds: 30 },
      });
      this.#present.set(family, wanted);
    }
  }

  remove(): Promise<void> {
    return Promise.resolve(); // they go with the namespace
  }
}

/** eBPF mode: loaded and attached once, and then its maps are changed as a running workload's are. */
class Programs implements Redirector {
  readonly #agent: TestAgent;
  readonly #facts: WorkloadFacts;
  readonly #workload: string;
  #present: MapContents[] | null = null;
  #map: (name: string) => number = () => assert.fail('nothing is loaded');

  constructor(agent: TestAgent, workload: string, facts: WorkloadFacts) {
    this.#agent = agent;
    this.#workload = workload;
    this.#facts = facts;
  }

  async apply(policy: Policy): Promise<void> {
    const wanted = mapsFromPolicy(policy, this.#facts);
    if (this.#present) {
      for (const { map, entries } of wanted) {
        const before = this.#present.find((one) => one.map === map)?.entries ?? [];
        const changes = mapChanges(before, entries);
        if (changes.set.length + changes.delete.length === 0) continue;
        await this.#agent.client.request('maps/update', { map: this.#map(map), ...changes });
      }
    } else await this.#attach(wanted, policy.inboundPort);
    this.#present = wanted;
  }

  remove(): Promise<void> {
    return removePins(this.#workload);
  }

  async #attach(contents: MapContents[], port: number): Promise<void> {
    const workload = this.#workload;
    const { load, map } = await loadRedirect(this.#agent, workload, contents);
    this.#map = map;
    const { client } = this.#agent;
    await client.request('bpf/attach', { workload, load, programs: [...REDIRECT_HOOKS] });
    const slots = { first: 0, count: 4 };
    await client.request('listeners/adopt', { workload, map: map('listeners'), port, slots });
  }
}

export type Mode = 'ebpf' | Backend;

/** A pod in one mode and the world around it, through a real agent. */
export class Stage {
  readonly mode: Mode;
  readonly #network: Network;
  readonly #agent = new TestAgent();
  #redirector: Redirector | null = null;
  #facts: WorkloadFacts | null = null;
  #pod: Peer | null = null;
  #world: Peer | null = null;
  #forget = (): void => undefined;
  #removed: Promise<void> | null = null;

  private constructor(mode: Mode, network: Network) {
    this.mode = mode;
    this.#network = network;
  }

  /** @param served what the pod serves; the world serves the same ports, under its own name */
  static async make(mode: Mode, served: readonly Served[]): Promise<Stage> {
    const network = new Network(`t-parity-${mode}-${process.pid}`, await cgroup2Mount());
    const stage = new Stage(mode, network);
    stage.#forget = onInterrupt(() => stage.remove());
    try {
      await stage.#build(served);
    } catch (error) {
      await stage.remove();
      throw error;
    }
    return stage;
  }

  /** What is known of the pod beside the policy. */
  get facts(): WorkloadFacts {
    return this.#facts ?? assert.fail('the stage is not ready');
  }

  async apply(policy: Policy): Promise<void> {
    await this.#redirector?.apply(policy);
  }

  /** What became of each connection, in their order. */
  async connect(connections: readonly Connection[]): Promise<Outcome[]> {
    const of = (direction: Connection['direction']): Connection[] =>
      connections.filter((connection) => connection.direction === direction);
    const [outbound = [], inbound = []] = await Promise.all([
      this.#pod?.connect(of('outbound')),
      this.#world?.connect(of('inbound')),
    ]);
    const next = { outbound: outbound.values(), inbound: inbound.values() };
    return connections.map(({ direction }) => next[direction].next().value ?? assert.fail('no outcome'));
  }

  /** Ends its processes and removes all that it made. May be called again. */
  remove(): Promise<void> {
    this.#removed ??= this.#remove().finally(this.#forget);
    return this.#removed;
  }

  async #remove(): Promise<void> {
    await this.#redirector?.remove();
    await this.#agent.stop();
    await this.#network.remove();
  }

  async #build(served: readonly Served[]): Promise<void> {
    await this.#network.build();
    this.#pod = await this.#network.startInPod(served);
    const families = ['4', '6'] as const;
    const ports = [...new Set(served.map(({ port }) => port))];
    this.#world = await this.#network.startInWorld(
      ports.flatMap((port) => families.map((family) => ({ name: 'world', families: family, port }))),
    );
    await this.#prepare();
  }

  async #prepare(): Promise<void> {
    const { id, cookie } = await this.#agent.workload(this.#network.podName);
    const { addresses } = await this.#agent.client.request('snapshot', { workload: id });
    const interfaces = INTERFACES.map((name) => ({
      name,
      index: addresses.find((address) => address.interface === name)?.index ?? assert.fail(`no ${name}`),
    }));
    const facts = { cookie: cookie ?? assert.fail('no netns cookie'), addresses, interfaces };
    this.#facts = { ...facts, podAddress: POD_ADDRESS };
    this.#redirector =
      this.mode === 'ebpf'
        ? new Programs(this.#agent, id, this.#facts)
        : new Rules(this.#agent, id, this.mode);
  }
}
