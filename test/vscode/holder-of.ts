import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** The process that has a file open. */
export async function holderOf(file: string): Promise<number> {
  const opens = async (pid: string): Promise<boolean> => {
    const directory = `/proc/${pid}/fd`;
    // A process may end while it is looked at.
    const fds = await readdir(directory).catch(() => []);
    const files = await Promise.all(fds.map((fd) => readlink(join(directory, fd)).catch(() => null)));
    return files.includes(file);
  };
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    if (await opens(pid)) return Number(pid);
  }
  throw new Error(`nobody has ${file} open`);
}
