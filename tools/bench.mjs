// Sizes and times: `node tools/bench.mjs [name ...]`, with names of BENCHES. A table for people, and as the last line
// JSON for machines. Whatever exceeds its limit, or does not reach what it has to, makes it fail. Times are medians unless
// they are said to be something else; compare them within one run.

import { join } from 'node:path';
import { register } from 'tsx/esm/api';
import { runThroughSudo } from './through-sudo.mjs';

const BENCHES = [
  'sizes',
  'parsing',
  'thinking',
  'connecting',
  'round-trips',
  'switching',
  'switch-under-load',
  'watching',
  'inspector',
  'activation',
  'startup',
];
const FOLDER = join(import.meta.dirname, '..', 'test', 'bench');

/** @typedef {import('../test/bench/measure').Row} Row */

/** @type {Record<Row['unit'], (value: number) => string>} */
const WORDS = {
  bytes: (value) => `${(value / 1024).toFixed(1)} KB`,
  ms: (value) => `${value.toFixed(1)} ms`,
  times: (value) => `${value.toFixed(2)} times`,
  perSecond: (value) => `${value.toFixed(1)} a second`,
  count: (value) => String(value),
};

/** What a row has to keep to, in words. @param {Row} row */
const bounds = ({ unit, limit, least }) =>
  (limit === undefined ? '' : ` (at most ${WORDS[unit](limit)})`) +
  (least === undefined ? '' : ` (at least ${WORDS[unit](least)})`);

/** @param {Row} row */
const isKept = ({ value, limit = Infinity, least = -Infinity }) => value <= limit && value >= least;

/** @param {string} name @returns {Promise<import('../test/bench/measure').Bench>} the function named as its file */
async function load(name) {
  /** @type {unknown} */
  const module = await import(join(FOLDER, `${name}.ts`));
  const own = name.replace(/-(.)/g, (_, letter) => String(letter).toUpperCase());
  const bench = /** @type {Record<string, import('../test/bench/measure').Bench | undefined>} */ (module)[
    own
  ];
  if (!bench) throw new Error(`test/bench/${name}.ts exports no ${own}`);
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
      const kept = isKept(row);
      console.log(
        `  ${row.what.padEnd(56)} ${WORDS[row.unit](row.value).padStart(14)}${bounds(row)}${kept ? '' : ' NOT KEPT'}`,
      );
      if (!kept) process.exitCode = 1;
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
  process.exitCode = runThroughSudo('The bench makes network namespaces and loads BPF programs');
}
