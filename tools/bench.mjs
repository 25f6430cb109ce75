// Sizes and times: `node tools/bench.mjs [name ...]`, with names of BENCHES. A table for people, and as the last line
// JSON for machines. Whatever exceeds its limit makes it fail. Times are medians; compare them within one run.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { register } from 'tsx/esm/api';

const BENCHES = ['sizes', 'parsing', 'connecting', 'switching', 'activation'];
const FOLDER = join(import.meta.dirname, '..', 'test', 'bench');

/** @typedef {import('../test/bench/measure').Row} Row */

/** @param {Row} row */
function inWords({ value, unit }) {
  if (unit === 'bytes') return `${(value / 1024).toFixed(1)} KB`;
  return unit === 'ms' ? `${value.toFixed(1)} ms` : `${value.toFixed(2)} times`;
}

/** @param {string} name @returns {Promise<import('../test/bench/measure').Bench>} the function named as its file */
async function load(name) {
  /** @type {unknown} */
  const module = await import(join(FOLDER, `${name}.ts`));
  const bench = /** @type {Record<string, import('../test/bench/measure').Bench | undefined>} */ (module)[
    name
  ];
  if (!bench) throw new Error(`test/bench/${name}.ts exports no ${name}`);
  return bench;
}

/** @param {string[]} names */
async function run(names) {
  /** @type {Row[]} */
  const rows = [];
  for (const name of names) {
    console.log(`\n${name}`);
    for (const row of await (
      await load(name)
    )()) {
      const exceeds = row.limit !== undefined && row.value > row.limit;
      const limit = row.limit === undefined ? '' : ` (at most ${inWords({ ...row, value: row.limit })})`;
      console.log(
        `  ${row.what.padEnd(56)} ${inWords(row).padStart(14)}${limit}${exceeds ? ' EXCEEDED' : ''}`,
      );
      if (exceeds) process.exitCode = 1;
      rows.push(row);
    }
  }
  console.log('');
  console.log(JSON.stringify({ node: process.version, arch: process.arch, rows }));
}

const names = process.argv.slice(2);
const unknown = names.filter((name) => !BENCHES.includes(name));
if (unknown.length) {
  console.error(`There is no bench ${unknown.join(' ')}. There are: ${BENCHES.join(' ')}`);
  process.exitCode = 2;
} else if (process.getuid?.() === 0) {
  register();
  await run(names.length ? names : BENCHES);
} else {
  console.log('The bench makes network namespaces and loads BPF programs: it runs through sudo.');
  const environment = ['env', `PATH=${process.env['PATH'] ?? ''}`];
  const argv = ['-E', ...environment, process.execPath, ...process.argv.slice(1)];
  process.exitCode = spawnSync('sudo', argv, { stdio: 'inherit' }).status ?? 1;
}
