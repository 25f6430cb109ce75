/** Directories that last no longer than the process that made them, even if that is killed. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Makes a directory `<parent>/<name>-<this process>-<random>`, and removes those of this name whose process is gone.
 * @param {string} parent
 * @param {string} name
 * @returns {Promise<string>} its path
 */
export async function ownedDirectory(parent, name) {
  const prefix = `${name}-`;
  for (const entry of await readdir(parent)) {
    const pid = entry.startsWith(prefix) ? Number.parseInt(entry.slice(prefix.length), 10) : NaN;
    if (Number.isNaN(pid) || isAlive(pid)) continue;
    await rm(join(parent, entry), { recursive: true, force: true });
  }
  return mkdtemp(join(parent, `${prefix}${process.pid}-`));
}

/** @param {number} pid @returns {boolean} */
function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
