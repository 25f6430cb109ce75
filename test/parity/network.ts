import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Cgroup } from '../../playground/cgroup';
import { run } from '../kernel/redirect/netns';
import { Peer, type Served } from './peer';

/** The pod's addresses by interface; the first of each family is the interface's primary one. */
export const OWN = {
  eth0: ['10.88.0.1', '10.88.0.3', 'fd88::1', 'fd88::3'],
  eth1: ['10.89.0.1', 'fd89::1'],
} as const;
/** The pod's own address of PodIP mode. */
export const POD_ADDRESS = OWN.eth0[0];

export type Interface = keyof typeof OWN;
export const INTERFACES = ['eth0', 'eth1'] as const;

/** The world's own addresses, to which the pod's routes lead; it answers for every other address, too. */
export const GATEWAYS = { eth0: ['10.88.0.2', 'fd88::2'], eth1: ['10.89.0.2', 'fd89::2'] } as const;

/** Destinations that the pod reaches by eth1; everything else it reaches by eth0. */
const BY_ETH1 = ['10.60.', '10.89.', 'fd60:', 'fd89:'];

/** Loopback as connections ask for it; connect(2) takes the unspecified addresses for it. */
export const LOOPBACK = ['127.0.0.1', '127.0.0.2', '127.0.0.254', '::1'];
export const UNSPECIFIED = ['0.0.0.0', '::'];

/** True for what the pod reaches over lo. */
export const isOwn = (address: string): boolean =>
  [...OWN.eth0, ...OWN.eth1, ...LOOPBACK, ...UNSPECIFIED].includes(address);

/** The interface by which the pod reaches an address that is not its own. */
export const routeOf = (address: string): Interface =>
  BY_ETH1.some((prefix) => address.startsWith(prefix)) ? 'eth1' : 'eth0';

/** A destination that the pod has no route to. */
export const UNREACHABLE = { ipv4: '10.70.0.1', ipv6: 'fd70::1' } as const;

const addressLines = (device: string, addresses: readonly string[]): string[] =>
  addresses.map((address) =>
    address.includes(':')
      ? `address add ${address}/64 dev ${device} nodad`
      : `address add ${address}/24 dev ${device}`,
  );

/** @param linkLocal from which IPv6 finds its neighbours */
const bring = (device: Interface, addresses: readonly string[], linkLocal: string): string[] => [
  `link set ${device} addrgenmode none`,
  `link set ${device} up`,
  ...addressLines(device, [...addresses, linkLocal]),
];

const POD_LINES = [
  'link set lo up',
  ...INTERFACES.flatMap((device) => bring(device, OWN[device], 'fe80::1')),
  'route add default via 10.88.0.2 dev eth0',
  'route add default via 10.89.0.2 dev eth1 metric 1000',
  'route add 10.60.0.0/16 via 10.89.0.2 dev eth1',
  'route add unreachable 10.70.0.0/16',
  'route add default via fd88::2 dev eth0 metric 100',
  'route add default via fd89::2 dev eth1 metric 2000',
  'route add fd60::/16 via fd89::2 dev eth1',
  'route add unreachable fd70::/16',
];

/** All addresses but the pod's are the world's own: a connection to any of them is answered, and may come from any. */
const WORLD_LINES = [
  'link set lo up',
  ...INTERFACES.flatMap((device) => bring(device, GATEWAYS[device], 'fe80::2')),
  'route add local 0.0.0.0/0 dev lo table main',
  'route add local ::/0 dev lo table main',
];

/** One pod and the world around it, in namespaces of their own; the same addresses for each, so that they compare. */
export class Network {
  readonly podName: string;
  readonly #worldName: string;
  readonly #cgroup: Cgroup;
  readonly #peers: Peer[] = [];

  /** @param mount where cgroup v2 is mounted */
  constructor(name: string, mount: string) {
    this.podName = `${name}-pod`;
    this.#worldName = `${name}-world`;
    this.#cgroup = new Cgroup(mount, `/${name}`);
  }

  /** Makes the namespaces, the cables between them, and the cgroup. */
  async build(): Promise<void> {
    await this.#cgroup.create();
    for (const name of [this.podName, this.#worldName]) {
      await run('ip', ['netns', 'add', name]);
      // Answers may leave by another interface than the question came in by; the world speaks from any address.
      const loose =
        'for f in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 >$f; done; echo 1 >/proc/sys/net/ipv6/ip_nonlocal_bind';
      await run('ip', ['netns', 'exec', name, 'sh', '-c', loose]);
    }
    for (const device of INTERFACES) {
      const ends = ['name', device, 'type', 'veth', 'peer', 'name', device, 'netns', this.#worldName];
      await run('ip', ['-n', this.podName, 'link', 'add', ...ends]);
    }
    await run('ip', ['-n', this.podName, '-batch', '-'], POD_LINES.join('\n'));
    await run('ip', ['-n', this.#worldName, '-batch', '-'], WORLD_LINES.join('\n'));
  }

  /** A process in the pod's network and cgroup that serves these. */
  async startInPod(served: readonly Served[]): Promise<Peer> {
    const enter = 'echo $$ >"$1" && shift && exec nsenter "$@"';
    const procs = join(this.#cgroup.directory, 'cgroup.procs');
    return this.#start(['sh', '-c', enter, 'sh', procs, `--net=/run/netns/${this.podName}`], served);
  }

  async startInWorld(served: readonly Served[]): Promise<Peer> {
    return this.#start(['nsenter', `--net=/run/netns/${this.#worldName}`], served);
  }

  async remove(): Promise<void> {
    for (const peer of this.#peers) await peer.end();
    await this.#cgroup.remove();
    for (const name of [this.podName, this.#worldName]) {
      if (existsSync(`/run/netns/${name}`)) await run('ip', ['netns', 'delete', name]);
    }
  }

  async #start(inside: readonly string[], served: readonly Served[]): Promise<Peer> {
    const peer = new Peer((argv) => [...inside, ...argv]);
    this.#peers.push(peer);
    await peer.serve(served);
    return peer;
  }
}
