import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Output } from '../run';
import type { Engine } from './engine';
import { KindPod, type KindPodOptions } from './kind-pod';

/** One node: a container, as kind makes it. */
export class KindNode {
  readonly name: string;
  readonly engine: Engine;
  /** Its pods are in `10.244.<number>.0/24`. */
  readonly number: number;
  readonly #cluster: string;
  readonly #role: string;
  readonly #pods: KindPod[] = [];

  constructor(engine: Engine, cluster: string, role: string, number: number) {
    this.engine = engine;
    this.number = number;
    this.name = `${cluster}-${role}`;
    this.#cluster = cluster;
    this.#role = role;
  }

  get pods(): readonly KindPod[] {
    return this.#pods;
  }

  /** What is in it of this machine: the pods' admin sockets. */
  get shared(): string {
    return join(this.engine.shared, this.name);
  }

  /** @param programs the folder that has the playground's programs */
  async create(programs: string): Promise<void> {
    await mkdir(join(this.shared, 'run'), { recursive: true });
    const role = this.#role.replace(/\d+$/, '');
    const labels = [`io.x-k8s.kind.cluster=${this.#cluster}`, `io.x-k8s.kind.role=${role}`];
    const volumes = [
      '/var',
      '/usr:/usr:ro',
      `${this.engine.runc}:/playground/bin/runc:ro`,
      `${programs}:/playground/programs:ro`,
      `${join(this.shared, 'run')}:/playground/run`,
    ];
    await this.engine.docker([
      ...['run', '--detach', '--name', this.name, '--hostname', this.name, '--net', 'kind'],
      ...labels.flatMap((label) => ['--label', label]),
      ...['--privileged', '--security-opt', 'seccomp=unconfined', '--security-opt', 'apparmor=unconfined'],
      ...['--tmpfs', '/tmp', '--tmpfs', '/run', '--cgroupns=private', '--init=false'],
      ...[...volumes.flatMap((volume) => ['--volume', volume]), '--restart=on-failure:1', 'node:test'],
    ]);
    await this.#ready();
  }

  /** Runs a program in it, as root. */
  run(argv: readonly string[], input?: string): Promise<Output> {
    return this.engine.docker(['exec', '--privileged', '--interactive', this.name, ...argv], input);
  }

  async ctr(...args: string[]): Promise<string> {
    return (await this.run(['ctr', '--namespace', 'k8s.io', ...args])).stdout;
  }

  /** A word of what docker knows of it, by its template. */
  async inspect(template: string): Promise<string> {
    return (await this.engine.docker(['inspect', '--format', template, this.name])).stdout.trim();
  }

  /** Makes a pod and starts it. */
  async addPod(options: KindPodOptions): Promise<KindPod> {
    const pod = new KindPod(this, this.#pods.length + 2, options);
    this.#pods.push(pod);
    await pod.start();
    return pod;
  }

  /** Lets it reach the pods of the others. */
  async route(others: readonly KindNode[]): Promise<void> {
    for (const other of others.filter((each) => each !== this)) {
      const address = await other.inspect('{{.NetworkSettings.Networks.kind.IPAddress}}');
      await this.run(['ip', 'route', 'replace', `10.244.${other.number}.0/24`, 'via', address]);
    }
  }

  /** As `docker restart` does it: what is mounted, pinned and named in it is gone, and its pods are. */
  async restart(): Promise<void> {
    await this.engine.docker(['restart', '--time', '0', this.name]);
    await this.#ready();
  }

  async remove(): Promise<void> {
    await this.engine.docker(['rm', '--force', '--volumes', this.name]);
  }

  async #ready(): Promise<void> {
    for (;;) {
      try {
        await this.ctr('version');
        return;
      } catch (error) {
        if ((await this.inspect('{{.State.Status}}')) !== 'running') throw error;
      }
      await sleep(50);
    }
  }
}
