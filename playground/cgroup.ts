import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Where a file system of this type is mounted first, by /proc/mounts; `null` if nowhere. */
export async function mountOf(type: string): Promise<string | null> {
  const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').map((line) => line.split(' '));
  return mounts.find((fields) => fields[2] === type)?.[1] ?? null;
}

/** Where cgroup v2 is mounted: `/sys/fs/cgroup`, or elsewhere beside version 1. */
export async function cgroup2Mount(): Promise<string> {
  const mount = await mountOf('cgroup2');
  if (mount === null)
    throw new Error('cgroup v2 is not mounted here: mount -t cgroup2 none /sys/fs/cgroup/unified');
  return mount;
}

/** One cgroup of version 2, named by its path below the mount, such as `/mesh-redirect-playground/client`. */
export class Cgroup {
  readonly path: string;
  readonly directory: string;

  constructor(mount: string, path: string) {
    this.path = path;
    this.directory = join(mount, path);
  }

  async create(): Promise<void> {
    await mkdir(this.directory, { recursive: true });
  }

  /** Kills what runs in it and removes it. Nothing happens if it is not there. */
  async remove(): Promise<void> {
    try {
      await this.#killAll();
      await rmdir(this.directory);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }

  /** Microseconds of processor time that its processes have used, with the softirqs that ran on top of them. */
  async cpuTime(): Promise<number> {
    const line = /^usage_usec (\d+)$/m.exec(await this.#read('cpu.stat'));
    if (!line) throw new Error(`${this.directory}/cpu.stat has no usage_usec`);
    return Number(line[1]);
  }

  async #killAll(): Promise<void> {
    // cgroup.kill takes forks along; kernels before 5.14 have none.
    if ((await readdir(this.directory)).includes('cgroup.kill')) await this.#write('cgroup.kill', '1');
    else for (const pid of await this.#pids()) process.kill(Number(pid), 'SIGKILL');
    // Not cgroup.procs: a process that is about to end is not in it any more, and still holds the cgroup.
    for (let round = 0; (await this.#read('cgroup.events')).includes('populated 1'); round += 1) {
      if (round === 1000)
        throw new Error(`processes of ${this.directory} do not end: ${(await this.#pids()).join(' ')}`);
      await sleep(10);
    }
  }

  async #pids(): Promise<string[]> {
    return (await this.#read('cgroup.procs')).split('\n').filter(Boolean);
  }

  #read(file: string): Promise<string> {
    return readFile(join(this.directory, file), 'utf8');
  }

  #write(file: string, text: string): Promise<void> {
    return writeFile(join(this.directory, file), text);
  }
}
