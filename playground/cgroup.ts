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

  async #killAll(): Promise<void> {
    for (let round = 0; ; round += 1) {
      const pids = (await readFile(join(this.directory, 'cgroup.procs'), 'utf8')).split('\n').filter(Boolean);
      if (pids.length === 0) return;
      if (round === 500) throw new Error(`processes of ${this.directory} do not end: ${pids.join(' ')}`);
      if (round === 0) await this.#kill(pids);
      await sleep(10);
    }
  }

  async #kill(pids: string[]): Promise<void> {
    // cgroup.kill takes forks along; kernels before 5.14 have none.
    if ((await readdir(this.directory)).includes('cgroup.kill'))
      await writeFile(join(this.directory, 'cgroup.kill'), '1');
    else for (const pid of pids) process.kill(Number(pid), 'SIGKILL');
  }
}
