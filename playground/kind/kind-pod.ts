import { join } from 'node:path';
import { run, type Output } from '../run';
import { Sidecar } from '../sidecar';
import type { KindNode } from './kind-node';

export interface KindPodOptions {
  name: string;
  namespace?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  /** Without one it is a pod that no mesh has to do with. */
  sidecar?: boolean;
}

/** The folder of a node that containers have as their root: empty but for what leads to the node's own programs. */
const ROOT = '/var/lib/pod-root';

const MAKE_ROOT = `mkdir -p "$1" && cd "$1" && mkdir -p usr proc sys dev tmp run etc playground &&
cp -a /bin /sbin /lib . && { [ ! -e /lib64 ] || cp -a /lib64 .; } && cp -a /etc/passwd /etc/group /etc/ld.so.cache etc`;

/** A pod in a node of kind: containers of containerd that share a network namespace, told of as the kubelet does. */
export class KindPod {
  readonly node: KindNode;
  readonly name: string;
  /** Kubernetes' one. */
  readonly kubernetesNamespace: string;
  /** Below /run/netns of the node. */
  readonly namespace: string;
  readonly uid: string;
  readonly address: string;
  readonly address6 = '::';
  readonly sidecar: Sidecar;
  readonly #options: KindPodOptions;
  readonly #gateway: string;
  readonly #index: number;
  #procs = '';
  #netns = '';

  constructor(node: KindNode, index: number, options: KindPodOptions) {
    this.node = node;
    this.name = options.name;
    this.kubernetesNamespace = options.namespace ?? 'default';
    this.namespace = `cni-${options.name}`;
    this.address = `10.244.${node.number}.${index}`;
    this.#gateway = `10.244.${node.number}.1`;
    this.#index = index;
    this.#options = options;
    const digits = `${node.number}${String(index).padStart(3, '0')}`;
    this.uid = `0f5c1a2e-1111-2222-3333-44445555${digits}`;
    this.sidecar = new Sidecar((argv) => this.inside(argv), join(node.shared, 'run', `${this.name}.sock`));
  }

  /** Makes its network and its containers; those of before, in a node that was restarted, go. */
  async start(): Promise<void> {
    await this.#network();
    await this.node.run(['sh', '-ec', MAKE_ROOT, 'sh', ROOT]);
    await this.#container('sandbox', ['/usr/bin/sleep', 'infinity']);
    if (this.#options.sidecar !== false) {
      const admin = `/playground/run/${this.name}.sock`;
      await this.#container('sidecar', ['/playground/programs/sidecar', '--admin-socket', admin]);
    }
    const pid = await this.node.inspect('{{.State.Pid}}');
    const id = await this.node.inspect('{{.Id}}');
    this.#netns = `/proc/${pid}/root/run/netns/${this.namespace}`;
    this.#procs = join(
      this.node.engine.cgroup,
      id,
      this.#slice,
      'cri-containerd-sandbox.scope',
      'cgroup.procs',
    );
  }

  /**
   * An argv that runs `argv` in its network and its cgroup, though not in the node's own process namespace: a process of
   * a pod that this machine can send signals to.
   */
  inside(argv: readonly string[]): string[] {
    const enter = 'echo $$ >"$1" && shift && exec nsenter "$@"';
    return ['/bin/sh', '-c', enter, 'sh', this.#procs, `--net=${this.#netns}`, '--', ...argv];
  }

  run(argv: readonly string[], options: { input?: string } = {}): Promise<Output> {
    return run(this.inside(argv), options.input);
  }

  /** As the kubelet does it: containers first, then the network. */
  async delete(): Promise<void> {
    for (const container of await this.#containers()) await this.#drop(container);
    await this.node.run(['ip', 'netns', 'delete', this.namespace]);
  }

  get #slice(): string {
    const name = `kubelet-kubepods-besteffort-pod${this.uid.replaceAll('-', '_')}.slice`;
    return `kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/${name}`;
  }

  async #network(): Promise<void> {
    const veth = `veth${this.#index}`;
    const lines = [
      `netns add ${this.namespace}`,
      `link add ${veth} type veth peer name eth0 netns ${this.namespace}`,
      `address add ${this.#gateway}/32 dev ${veth}`,
      `link set ${veth} up`,
      `route add ${this.address}/32 dev ${veth}`,
      `-n ${this.namespace} link set lo up`,
      `-n ${this.namespace} address add ${this.address}/32 dev eth0`,
      `-n ${this.namespace} link set eth0 up`,
      `-n ${this.namespace} route add ${this.#gateway} dev eth0 scope link`,
      `-n ${this.namespace} route add default via ${this.#gateway}`,
    ];
    await this.node.run(['sh', '-ec', lines.map((line) => `ip ${line}`).join('\n')]);
  }

  async #container(kind: 'sandbox' | 'sidecar', argv: readonly string[]): Promise<void> {
    const id = `${this.name}-${kind}`;
    if ((await this.#containers()).includes(id)) await this.#drop(id);
    const { labels = {}, annotations = {} } = this.#options;
    const told = {
      ...(kind === 'sandbox' ? labels : { 'io.kubernetes.container.name': kind }),
      'io.cri-containerd.kind': kind === 'sandbox' ? 'sandbox' : 'container',
      'io.kubernetes.pod.name': this.name,
      'io.kubernetes.pod.namespace': this.kubernetesNamespace,
      'io.kubernetes.pod.uid': this.uid,
    };
    const pairs = (option: string, values: Record<string, string>): string[] =>
      Object.entries(values).flatMap(([key, value]) => [option, `${key}=${value}`]);
    const mounts = ['/usr', '/playground'].flatMap((folder) => [
      '--mount',
      `type=bind,src=${folder},dst=${folder},options=rbind${folder === '/usr' ? ':ro' : ''}`,
    ]);
    const cgroup = `/${this.#slice}/cri-containerd-${kind}.scope`;
    await this.node.ctr(
      ...['run', '--detach', '--rootfs', '--cgroup', cgroup],
      ...['--with-ns', `network:/run/netns/${this.namespace}`],
      ...[...pairs('--label', told), ...pairs('--annotation', kind === 'sandbox' ? annotations : {})],
      ...[...mounts, ROOT, id, ...argv],
    );
  }

  async #containers(): Promise<string[]> {
    const all = (await this.node.ctr('containers', 'list', '--quiet')).split('\n');
    return all.filter((id) => id === `${this.name}-sandbox` || id === `${this.name}-sidecar`);
  }

  async #drop(id: string): Promise<void> {
    const running = (await this.node.ctr('tasks', 'list', '--quiet')).split('\n').includes(id);
    if (running) await this.node.ctr('tasks', 'delete', '--force', id);
    await this.node.ctr('containers', 'delete', id);
  }
}
