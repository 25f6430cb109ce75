import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Cgroup, cgroup2Mount } from '../../../playground/cgroup';
import { mapsFromPolicy } from '../../../src/core/ebpf';
import { REDIRECT_HOOKS, type MapEntry } from '../../../src/core/model';
import { DEFAULT_POLICY, type Policy } from '../../../src/core/policy';
import { TestAgent } from '../agent/harness';
import { loadRedirect, removePins } from '../agent/redirect-object';
import { run } from '../redirect/netns';
import { Peer } from './peer';

/** Who runs what in a pod. */
export const APPLICATION = 1000;
export const SIDECAR = DEFAULT_POLICY.sidecarUid;
export const OUTBOUND = DEFAULT_POLICY.outboundPort;
export const INBOUND = DEFAULT_POLICY.inboundPort;

/** A network namespace with an address of either family on `eth0`, and a cgroup. */
class Pod {
  readonly name: string;
  readonly address: string;
  readonly address6: string;
  readonly #cgroup: Cgroup;
  readonly #peers: Peer[] = [];

  constructor(name: string, number: number, mount: string) {
    this.name = name;
    this.address = `10.88.0.${number}`;
    this.address6 = `fd88::${number}`;
    this.#cgroup = new Cgroup(mount, `/${name}`);
  }

  async make(): Promise<void> {
    await run('ip', ['netns', 'add', this.name]);
    await this.#cgroup.create();
  }

  async configure(): Promise<void> {
    for (const line of [
      'link set lo up',
      'link set eth0 up',
      `address add ${this.address}/24 dev eth0`,
      `address add ${this.address6}/64 dev eth0 nodad`,
      'route add default dev eth0',
      '-6 route add default dev eth0',
    ])
      await this.ip(line);
    // Any user may serve port 22.
    await this.run('sh', '-c', 'echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start');
  }

  /** Where its processes are, in the file system. */
  get cgroup(): string {
    return this.#cgroup.directory;
  }

  /** One command of iproute2 inside. */
  async ip(line: string): Promise<string> {
    return run('ip', ['-n', this.name, ...line.split(' ')]);
  }

  /** Any program inside. */
  async run(...argv: string[]): Promise<string> {
    return run('ip', ['netns', 'exec', this.name, ...argv]);
  }

  /** A process of this pod. @param network another pod whose network it uses, while its cgroup is this pod's */
  async start(uid: number, network: Pod = this): Promise<Peer> {
    return this.#start(uid, network, this.#cgroup.directory);
  }

  /** A process of this pod whose group is not its user's own. */
  async startInGroup(uid: number, gid: number): Promise<Peer> {
    return this.#start(uid, this, this.#cgroup.directory, gid);
  }

  /** A process in this pod's network that is in the root cgroup. */
  async startWithoutCgroup(uid: number): Promise<Peer> {
    return this.#start(uid, this, await cgroup2Mount());
  }

  async remove(): Promise<void> {
    for (const peer of this.#peers) await peer.end();
    await this.#cgroup.remove();
    if (existsSync(`/run/netns/${this.name}`)) await run('ip', ['netns', 'delete', this.name]);
  }

  async #start(uid: number, network: Pod, cgroup: string, gid = uid): Promise<Peer> {
    const enter = 'echo $$ >"$1" && shift && exec ip netns exec "$@"';
    const inside = (argv: string[]): string[] => [
      ...['sh', '-c', enter, 'sh', join(cgroup, 'cgroup.procs'), network.name],
      ...argv,
    ];
    const peer = await Peer.start(inside, uid, gid);
    this.#peers.push(peer);
    return peer;
  }
}

/** Two pods joined by a cable, `pod` redirected by eBPF through a real agent, `outside` by nothing. */
export class World {
  readonly agent = new TestAgent();
  readonly pod: Pod;
  readonly outside: Pod;
  #workload = '';
  #map: (name: string) => number = () => assert.fail('nothing is loaded');

  private constructor(purpose: string, mount: string) {
    const prefix = `t-bpf-${purpose}-${process.pid}`;
    this.pod = new Pod(`${prefix}-pod`, 1, mount);
    this.outside = new Pod(`${prefix}-out`, 2, mount);
  }

  static async make(purpose: string): Promise<World> {
    const world = new World(purpose, await cgroup2Mount());
    try {
      await world.#make();
    } catch (error) {
      await world.remove();
      throw error;
    }
    return world;
  }

  async #make(): Promise<void> {
    const { pod, outside } = this;
    await pod.make();
    await outside.make();
    await pod.ip(`link add eth0 type veth peer name eth0 netns ${outside.name}`);
    await pod.configure();
    await outside.configure();
  }

  /**
   * Loads the prebuilt object for `pod` and attaches all of it: to the cgroup of the pod's processes, so one of them
   * must run. What was attached before is replaced.
   * @param changes what is not as in FSM's defaults
   */
  async redirect(changes: Partial<Policy> = {}): Promise<void> {
    const { id, cookie } = await this.agent.workload(this.pod.name);
    const { addresses } = await this.agent.client.request('snapshot', { workload: id });
    const facts = {
      cookie: cookie ?? assert.fail('no netns cookie'),
      addresses,
      interfaces: addresses.map(({ interface: name, index }) => ({ name, index })),
      podAddress: this.pod.address,
    };
    const loaded = await loadRedirect(
      this.agent,
      id,
      mapsFromPolicy({ ...DEFAULT_POLICY, ...changes }, facts),
    );
    await this.agent.client.request('bpf/attach', {
      workload: id,
      load: loaded.load,
      programs: [...REDIRECT_HOOKS],
    });
    this.#workload = id;
    this.#map = loaded.map;
  }

  get workload(): string {
    return this.#workload;
  }

  map(name: string): number {
    return this.#map(name);
  }

  /** All entries of a map of the redirection. */
  async entries(name: string): Promise<MapEntry[]> {
    const page = { map: this.#map(name), cursor: null, limit: 1000 };
    return (await this.agent.client.request('maps/dump', page)).entries;
  }

  async remove(): Promise<void> {
    if (this.#workload !== '') await removePins(this.#workload);
    await this.agent.stop();
    await this.pod.remove();
    await this.outside.remove();
  }
}
