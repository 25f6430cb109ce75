import { mkdir, readdir, readFile, rm, rmdir, statfs, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { kindFolder } from '../../tools/kind/install.mjs';
import { cgroup2Mount } from '../cgroup';
import { Daemon } from '../daemon';
import { onInterrupt } from '../interrupts';
import { run, type Output } from '../run';
import { writeRuncWrapper } from './runc';

const CGROUP2_MAGIC = 0x63677270;

/** Ends whatever runs in a cgroup or below it, and removes them all. Nothing happens where it is not there. */
async function removeTree(directory: string): Promise<void> {
  await writeFile(join(directory, 'cgroup.kill'), '1').catch(() => undefined);
  const below = await readdir(directory, { withFileTypes: true }).catch(() => []);
  for (const entry of below) if (entry.isDirectory()) await removeTree(join(directory, entry.name));
  for (;;) {
    try {
      await rmdir(directory);
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return;
      // What was killed has not ended yet.
      if (code !== 'EBUSY') throw error;
    }
    await sleep(10);
  }
}

/**
 * A Docker of our own beside any other: with a socket, a data directory, a mount namespace and cgroups of its own, so that
 * nothing of it is left, also where it was killed. It needs root.
 */
export class Engine {
  /** What docker and kind have to run with to mean this one. */
  readonly environment: NodeJS.ProcessEnv;
  /** Stands in for runc, also in the nodes. */
  readonly runc: string;
  /** What the nodes share with this machine. */
  readonly shared: string;
  /** Where its containers' cgroups are, as this machine sees them. */
  readonly cgroup: string;
  readonly #directory: string;
  readonly #bridge: string;
  readonly #forget: () => void;
  #daemon: Daemon | null = null;
  #stopped: Promise<void> | null = null;

  private constructor(prefix: string, mount: string) {
    // The path of a socket is short.
    this.#directory = `/var/tmp/mesh-redirect-kind-${prefix}`;
    this.cgroup = join(mount, `mesh-redirect-kind-${prefix}`);
    this.runc = join(this.#directory, 'runc');
    this.shared = join(this.#directory, 'shared');
    this.#bridge = `mrk-${prefix}`.slice(0, 15);
    const PATH = [kindFolder(), process.env['PATH'] ?? '', '/usr/sbin', '/sbin'].join(delimiter);
    const socket = `unix://${join(this.#directory, 'docker.sock')}`;
    this.environment = {
      ...process.env,
      ...{ PATH, DOCKER_HOST: socket, KIND_EXPERIMENTAL_PROVIDER: 'docker' },
      // kind writes into it when it deletes a cluster, and a person's own is none of ours.
      KUBECONFIG: join(this.#directory, 'kubeconfig'),
    };
    this.#forget = onInterrupt(() => this.stop());
  }

  /** Removes what was left under this prefix, and resolves when the new one answers. */
  static async start(prefix: string): Promise<Engine> {
    const engine = new Engine(prefix, await cgroup2Mount());
    try {
      await engine.#remove();
      await engine.#start();
    } catch (error) {
      await engine.stop();
      throw error;
    }
    return engine;
  }

  docker(args: readonly string[], input?: string): Promise<Output> {
    return this.#run('docker', args, input);
  }

  kind(args: readonly string[]): Promise<Output> {
    return this.#run('kind', args);
  }

  /** Ends every container and removes all that it made. May be called again. */
  stop(): Promise<void> {
    this.#stopped ??= this.#remove().finally(this.#forget);
    return this.#stopped;
  }

  #run(file: string, args: readonly string[], input?: string): Promise<Output> {
    const names = ['PATH', 'DOCKER_HOST', 'KIND_EXPERIMENTAL_PROVIDER', 'KUBECONFIG'];
    const variables = names.map((name) => [name, this.environment[name] ?? '']);
    return run(['env', ...variables.map((pair) => pair.join('=')), file, ...args], input);
  }

  async #start(): Promise<void> {
    await mkdir(this.shared, { recursive: true });
    await mkdir(join(this.cgroup, 'engine'), { recursive: true });
    const hybrid = (await statfs('/sys/fs/cgroup')).type !== CGROUP2_MAGIC;
    await writeRuncWrapper(this.runc, hybrid);
    this.#daemon = new Daemon(this.#argv(hybrid), () => undefined);
    while (!(await this.#answers())) {
      if (!this.#daemon.running) throw new Error(`dockerd has ended: ${this.#daemon.stderr}`);
      await sleep(50);
    }
    const bridge = ['-o', `com.docker.network.bridge.name=${this.#bridge}`];
    await this.docker(['network', 'create', '-d', 'bridge', ...bridge, '--subnet', '172.31.78.0/24', 'kind']);
  }

  #argv(hybrid: boolean): string[] {
    const at = (name: string): string => join(this.#directory, name);
    const cgroup2 = hybrid ? 'umount -R /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup && ' : '';
    const enter = `echo $$ >"$1" && shift && ${cgroup2}exec "$@"`;
    const procs = join(this.cgroup, 'engine', 'cgroup.procs');
    return [
      ...['env', `PATH=${this.environment['PATH'] ?? ''}`, 'unshare', '--mount', '--propagation', 'private'],
      ...['sh', '-c', enter, 'sh', procs, 'dockerd', '--host', this.environment['DOCKER_HOST'] ?? ''],
      ...['--data-root', at('data'), '--exec-root', at('exec'), '--pidfile', at('pid')],
      ...['--bridge', 'none', '--iptables=false', '--ip6tables=false', '--ip-forward=false'],
      ...['--storage-driver', 'overlay2', '--default-cgroupns-mode', 'private'],
      ...['--cgroup-parent', `/${this.cgroup.split('/').at(-1) ?? ''}`],
      ...['--add-runtime', `ours=${this.runc}`, '--default-runtime', 'ours'],
    ];
  }

  async #answers(): Promise<boolean> {
    return await this.docker(['version']).then(
      () => true,
      () => false,
    );
  }

  async #remove(): Promise<void> {
    // Without a word to its containers: they end with their cgroups.
    await this.#daemon?.stop('SIGKILL');
    // A mount namespace goes with its last process, and with it whatever was mounted there.
    await removeTree(this.cgroup);
    await rm(this.#directory, { recursive: true, force: true });
    const links = await readFile('/proc/net/dev', 'utf8');
    if (links.includes(`${this.#bridge}:`)) await run(['ip', 'link', 'delete', this.#bridge]);
  }
}
