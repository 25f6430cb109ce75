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
 * Runs a program to its end.
 * @param {string[]} argv
 * @param {{ cwd: string, held?: boolean }} options held: its output is written when it has ended, for programs that
 *   run beside each other; otherwise it is written at once
 * @returns {Promise<number>} its exit code; 1 where a signal ended it
 */
export async function runChild(argv, { cwd, held = false }) {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, { cwd, stdio: held ? ['ignore', 'pipe', 'pipe'] : 'inherit' });
  children.add(child);
  /** @type {Buffer[]} */
  const output = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (/** @type {Buffer} */ part) => output.push(part));
  /** @type {Promise<number>} */
  const ended = new Promise((resolve) => {
    child.on('error', (error) => {
      console.error(`${file}: ${error.message}`);
      resolve(1);
    });
    child.on('close', (exitCode) => {
      resolve(exitCode ?? 1);
    });
  });
  const code = await ended;
  children.delete(child);
  process.stdout.write(Buffer.concat(output));
  if (interrupted) {
    console.log('interrupted');
    process.exit(130);
  }
  return code;
}
