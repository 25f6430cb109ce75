import { cp, mkdir, rm, symlink, readlink } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildPlayground, SIDECAR_BINARY } from '../../tools/build-playground.mjs';
import { run } from '../run';
import { Engine } from './engine';
import { KindNode } from './kind-node';

/** What `kind create cluster` waits for is the last line. `/var` is a volume, and empty at first. */
const ENTRYPOINT = `#!/bin/sh
mount --make-rshared /
mkdir -p /var/log
PATH=/playground/bin:$PATH containerd >/var/log/containerd.log 2>&1 &
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 'Reached target Multi-User System.'
trap 'exit 0' TERM INT
while :; do sleep 3600 & wait $!; done
`;

/** Of /etc, what this machine's programs need in order to run in a node. */
const FILES = ['passwd', 'group', 'ld.so.cache', 'alternatives', 'ssl'];

export interface ClusterOptions {
  /** Tells what runs side by side apart. */
  prefix: string;
  name?: string;
  nodes?: readonly string[];
}

/**
 * A cluster as the real kind lists it: containers with its labels, run as kind runs them, with a containerd in each.
 * The nodes have this machine's own programs instead of an image of gigabytes, and no Kubernetes: who is to be a pod is told
 * to containerd as the kubelet tells it.
 */
export class Cluster {
  readonly name: string;
  readonly engine: Engine;
  readonly #nodes = new Map<string, KindNode>();

  private constructor(name: string, engine: Engine) {
    this.name = name;
    this.engine = engine;
  }

  static async start({
    prefix,
    name = 'mesh',
    nodes = ['control-plane', 'worker'],
  }: ClusterOptions): Promise<Cluster> {
    buildPlayground();
    const cluster = new Cluster(name, await Engine.start(prefix));
    try {
      await cluster.#makeImage();
      await Promise.all(nodes.map((role) => cluster.add(role)));
      for (const node of cluster.nodes) await node.route(cluster.nodes);
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  get nodes(): readonly KindNode[] {
    return [...this.#nodes.values()];
  }

  node(role: string): KindNode {
    const node = this.#nodes.get(role);
    if (!node) throw new Error(`the cluster has no ${role}`);
    return node;
  }

  /** Makes a further node. */
  async add(role: string): Promise<KindNode> {
    const node = new KindNode(this.engine, this.name, role, this.#nodes.size + 1);
    this.#nodes.set(role, node);
    await node.create(dirname(SIDECAR_BINARY));
    return node;
  }

  /** Removes a node, as `kind delete cluster` does with each. */
  async remove(role: string): Promise<void> {
    await this.node(role).remove();
    this.#nodes.delete(role);
  }

  stop(): Promise<void> {
    return this.engine.stop();
  }

  async #makeImage(): Promise<void> {
    const root = join(this.engine.shared, 'root');
    const folders = ['usr', 'proc', 'sys', 'dev', 'tmp', 'run', 'var', 'kind', 'root', 'opt', 'etc'];
    for (const folder of [...folders, 'playground']) await mkdir(join(root, folder), { recursive: true });
    for (const name of ['bin', 'sbin', 'lib', 'lib64'])
      if (existsSync(`/${name}`)) await symlink(await readlink(`/${name}`), join(root, name));
    for (const name of FILES.filter((file) => existsSync(`/etc/${file}`)))
      await cp(`/etc/${name}`, join(root, 'etc', name), { recursive: true, verbatimSymlinks: true });
    const archive = join(this.engine.shared, 'image.tar');
    await run(
      ['sh', '-c', 'cat >"$1" && chmod 755 "$1"', 'sh', join(root, 'kind', 'entrypoint')],
      ENTRYPOINT,
    );
    await run(['tar', '-C', root, '-cf', archive, '.']);
    await this.engine.docker(['import', '--change', 'ENTRYPOINT ["/kind/entrypoint"]', archive, 'node:test']);
    await rm(archive);
  }
}
