import { mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cgroup, mountOf } from './cgroup';
import { FSM_RULES, fsmExclusions } from './fsm-rules';
import { run, type Output } from './run';
import { netnsCookie, Sidecar } from './sidecar';

export type PodName = 'client' | 'server';

/** An unprivileged user, as which the applications run. */
export const APPLICATION_UID = 65534;

const ADDRESSES = {
  client: { address: '10.77.0.2', address6: 'fd77::2' },
  server: { address: '10.77.0.3', address6: 'fd77::3' },
} as const;

/** A network namespace with a cgroup of its own and a sidecar in it: what Kubernetes would call a pod. */
export class Pod {
  readonly name: PodName;
  /** Below /run/netns. */
  readonly namespace: string;
  readonly cgroup: Cgroup;
  readonly address: string;
  readonly address6: string;
  readonly sidecar: Sidecar;
  readonly #processors: readonly number[];
  #workloadId: string | null = null;

  /**
   * @param directory for the sidecar's socket
   * @param processors that its processes run on, by number; empty: on any
   */
  constructor(
    name: PodName,
    prefix: string,
    cgroup: Cgroup,
    directory: string,
    processors: readonly number[],
  ) {
    this.name = name;
    this.namespace = `${prefix}-${name}`;
    this.cgroup = cgroup;
    this.#processors = processors;
    this.address = ADDRESSES[name].address;
    this.address6 = ADDRESSES[name].address6;
    this.sidecar = new Sidecar((argv) => this.inside(argv), join(directory, `${name}.sock`));
  }

  /** The id under which the agent knows this pod. */
  get workloadId(): string {
    if (this.#workloadId === null) throw new Error(`the ${this.name} pod is not there yet`);
    return this.#workloadId;
  }

  /** An argv that runs `argv` as a process of this pod: in its cgroup first, then in its network. */
  inside(argv: readonly string[]): string[] {
    const enter = 'echo $$ >"$1" && shift && exec nsenter "$@"';
    const procs = join(this.cgroup.directory, 'cgroup.procs');
    const pinned = this.#processors.length
      ? ['taskset', '--cpu-list', this.#processors.join(','), ...argv]
      : argv;
    return ['/bin/sh', '-c', enter, 'sh', procs, `--net=/run/netns/${this.namespace}`, '--', ...pinned];
  }

  /**
   * Runs a program in the pod to its end, as root or as another user.
   * @throws RunError
   */
  run(argv: readonly string[], options: { input?: string; uid?: number } = {}): Promise<Output> {
    const id = String(options.uid ?? 0);
    const as = id === '0' ? [] : ['setpriv', `--reuid=${id}`, `--regid=${id}`, '--clear-groups', '--'];
    return run(this.inside([...as, ...argv]), options.input);
  }

  /** Redirects it by the rules that FSM writes, in the back-end that plain `iptables` means or in this one. */
  async redirectAsFsm(backend?: 'nft' | 'legacy'): Promise<void> {
    const restore = `iptables${backend ? `-${backend}` : ''}-restore`;
    await this.run([restore, '--noflush'], { input: FSM_RULES });
  }

  /** Has the rules of FSM, which have to be there, exclude these ranges of destinations and no other. */
  async excludeAsFsm(ranges: readonly string[], backend: 'nft' | 'legacy'): Promise<void> {
    await this.run([`iptables-${backend}-restore`, '--noflush'], { input: fsmExclusions(ranges) });
  }

  /** Makes the namespace and the cgroup. The network between the pods is made by the playground. */
  async create(): Promise<void> {
    await this.cgroup.create();
    await mkdir('/run/netns', { recursive: true });
    await run(['ip', 'netns', 'add', this.namespace]);
    this.#workloadId = `c${await netnsCookie(this.namespace)}`;
  }

  /** Gives `eth0` its addresses, and a default route, as a pod has one. */
  async configure(ipv6: boolean): Promise<void> {
    const lines = [
      'link set lo up',
      'link set eth0 up',
      `address add ${this.address}/24 dev eth0`,
      'route add default dev eth0',
    ];
    // Without duplicate address detection the address works at once.
    if (ipv6) lines.push(`address add ${this.address6}/64 dev eth0 nodad`, '-6 route add default dev eth0');
    for (const line of lines) await run(['ip', '-n', this.namespace, ...line.split(' ')]);
  }

  /** Whatever the last run left of this pod, by its names: processes, pins, namespace, cgroup. */
  async remove(): Promise<void> {
    await this.cgroup.remove();
    const namespaces = await readdir('/run/netns').catch((): string[] => []);
    if (!namespaces.includes(this.namespace)) return;
    await removePins(`c${await netnsCookie(this.namespace)}`);
    await run(['ip', 'netns', 'delete', this.namespace]);
  }
}

/** Detaches the programs that the agent left pinned for a workload. */
async function removePins(workloadId: string): Promise<void> {
  const mount = await mountOf('bpf');
  if (mount === null) return;
  await rm(join(mount, 'mesh-redirect', workloadId), { recursive: true, force: true });
  // The directory above goes with its last workload.
  await rmdir(join(mount, 'mesh-redirect')).catch(() => undefined);
}
