// How fast connections come through two sidecars, by who redirects them. A table for people, and as the last line JSON for
// programs. It says what it measured and asserts nothing on time; a request that is not answered right makes it fail.

import { writeFileSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { messageCosts } from '../../../playground/load';
import { runThroughSudo } from '../../../tools/through-sudo.mjs';
import { ArgumentError, parseArguments, USAGE, type Arguments } from './arguments';
import { datapath } from './datapath';
import { plot } from './plot';
import type { Result } from './results';
import { rowTable, TABLE_HEAD } from './table';
import { WORKLOADS } from './workloads';

const print = (text: string): boolean => process.stdout.write(`${text}\n`);

async function run({ plot: file, ...options }: Arguments): Promise<void> {
  const { variants, rounds, duration, processors } = options;
  const message = await messageCosts(processors);
  const machine = {
    processor: cpus()[0]?.model ?? 'unknown',
    processors: cpus().length,
    kernel: release(),
    load: loadavg()[0] ?? 0,
    message,
  };
  print(`${machine.processors} × ${machine.processor}, Linux ${machine.kernel}, load ${machine.load}`);
  print(
    `64 bytes, written and read: ${message.tcp} µs by TCP, ${message.pipe} µs by a pipe; a call: ${message.call} µs`,
  );
  print(`${rounds} rounds of ${duration} ms; medians, and the middle half of the rounds\n`);
  print(TABLE_HEAD);
  const rows: Result[][] = [];
  for await (const results of datapath(options)) {
    const workload = WORKLOADS.find(({ name }) => name === results[0]?.workload);
    if (workload) print(rowTable(results, workload, variants));
    rows.push(results);
  }
  const title = `What comes through in a second; ${variants[0]?.title ?? ''} = 1`;
  if (file !== null) writeFileSync(file, plot(title, rows, variants));
  print(`\n${JSON.stringify({ machine, rounds, duration, processors, results: rows.flat() })}`);
}

/** The command line is wrong: by us, or by node:util, which tells its errors by their codes. */
const isUsage = (error: unknown): error is Error =>
  error instanceof ArgumentError ||
  (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));

try {
  const options = parseArguments(process.argv.slice(2));
  if (process.getuid?.() === 0) await run(options);
  else process.exitCode = runThroughSudo('The bench makes network namespaces and loads BPF programs');
} catch (error) {
  if (!isUsage(error)) throw error;
  process.stderr.write(`${error.message}\n${USAGE}\n`);
  process.exitCode = 2;
}
