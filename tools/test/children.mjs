// Child processes that end with us.

import { spawn } from 'node:child_process';

/** @type {Set<import('node:child_process').ChildProcess>} */
const children = new Set();
let interrupted = false;

// Each child cleans up after itself; we stay until the last one has.
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
  process.on(signal, () => {
    interrupted = true;
    for (const child of children) child.kill(signal);
    if (!children.size) process.exit(130);
  });

/**
 * Runs a program to its end, its output ours.
 * @param {string[]} argv @param {{ cwd: string }} options
 * @returns {Promise<number>} its exit code; 1 where a signal ended it
 */
export async function runChild(argv, { cwd }) {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, { cwd, stdio: 'inherit' });
  children.add(child);
  /** @type {Promise<number>} */
  const ended = new Promise((resolve) => {
    child.on('error', (error) => {
      console.error(`${file}: ${error.message}`);
      resolve(1);
    });
    child.on('exit', (exitCode) => {
      resolve(exitCode ?? 1);
    });
  });
  const code = await ended;
  children.delete(child);
  if (interrupted) {
    console.log('interrupted');
    process.exit(130);
  }
  return code;
}
