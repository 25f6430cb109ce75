import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Cgroup, cgroup2Mount } from '../../../playground/cgroup';
import { Daemon } from '../../../playground/daemon';
import { run } from '../redirect/netns';

/** A throw-away network namespace with a cgroup of its own and one process, which sleeps. */
export class Pod {
  readonly name: string;
  readonly cgroup: Cgroup;
  readonly #daemons: Daemon[] = [];

  private constructor(name: string, cgroup: Cgroup) {
    this.name = name;
    this.cgroup = cgroup;
  }

  static async make(purpose: string): Promise<Pod> {
    const name = `t-agent-${purpose}-${process.pid}`;
    const pod = new Pod(name, new Cgroup(await cgroup2Mount(), `/${name}`));
    await run('ip', ['netns', 'add', name]);
    await pod.cgroup.create();
    await run('ip', ['netns', 'exec', name, 'ip', 'link', 'set', 'lo', 'up']);
    await pod.start(['sh', '-c', 'echo ready; exec sleep infinity']);
    return pod;
  }

  /** An argv that runs `argv` in the pod: first in its cgroup, then in its network. */
  inside(argv: readonly string[]): string[] {
    const enter = 'echo $$ > "$1"; shift; exec "$@"';
    const procs = join(this.cgroup.directory, 'cgroup.procs');
    return ['sh', '-c', enter, 'sh', procs, 'ip', 'netns', 'exec', this.name, ...argv];
  }

  /** Starts a process that prints the line `ready`. */
  async start(argv: readonly string[]): Promise<Daemon> {
    const daemon = await Daemon.start(this.inside(argv));
    this.#daemons.push(daemon);
    return daemon;
  }

  /** Runs a Node script's text in the pod to its end; it prints `ready` to be waited for, or ends. */
  async startNode(script: string): Promise<Daemon> {
    return this.start([process.execPath, '--input-type=module', '-e', script]);
  }

  /** Holds the lock of the legacy tools, which is the machine's, until it is stopped. */
  async holdLock(enter = (argv: readonly string[]): readonly string[] => argv): Promise<Daemon> {
    const hold = ['flock', '--no-fork', '/run/xtables.lock', 'sh', '-c', 'echo ready; exec sleep infinity'];
    return this.start(enter(hold));
  }

  async run(argv: readonly string[], input = ''): Promise<string> {
    const [file = '', ...args] = this.inside(argv);
    return run(file, args, input);
  }

  /** The names of the legacy tables that the namespace has; what reading rules must not change. */
  async legacyTables(): Promise<string> {
    const file = '/proc/self/net/ip_tables_names';
    return (await this.run(['sh', '-c', `cat ${file} 2>/dev/null || true`])).trim();
  }

  async remove(): Promise<void> {
    for (const daemon of this.#daemons) await daemon.stop('SIGKILL');
    if (existsSync(`/run/netns/${this.name}`)) await run('ip', ['netns', 'delete', this.name]);
    await this.cgroup.remove();
  }
}

/** User and system time that a process has used, in clock ticks. */
export async function cpuTicks(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

/** Moves a process into a cgroup. */
export async function move(pid: number, cgroup: Cgroup): Promise<void> {
  await writeFile(join(cgroup.directory, 'cgroup.procs'), String(pid));
}
