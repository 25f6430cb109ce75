// The four speeds of tests, slowest last, and the checks that come before them.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

/**
 * @typedef {object} Speed
 * @property {string} name its folder below test/
 * @property {boolean} root whether it needs root
 * @property {'nothing' | 'nodes' | 'everything'} build what has to be built before
 * @property {number} timeout milliseconds that one test may take
 * @property {number} lanes how many files run beside each other; where several do, each lane has a /run and a bpffs of
 *   its own
 * @property {string[]} [first] parts of paths of the files that take longest: they are begun first
 */

/** @type {Speed[]} */
export const SPEEDS = [
  { name: 'unit', root: false, build: 'nothing', timeout: 10_000, lanes: 1 },
  {
    ...{ name: 'kernel', root: true, build: 'nodes', timeout: 60_000, lanes: 2 },
    first: ['faults', 'redirect/load', 'redirect/switch', 'agent/fuzz', 'agent/probe-edges'],
  },
  {
    ...{ name: 'nodes', root: true, build: 'nodes', timeout: 60_000, lanes: 2 },
    first: ['cut', 'install', 'keys'],
  },
  { name: 'vscode', root: true, build: 'everything', timeout: 180_000, lanes: 1 },
];

/**
 * The files of a speed, in the order in which they are begun.
 * @param {Speed} speed
 * @param {string[]} filters parts of paths; a file has to contain one of them, if there are any
 */
export function testFiles(speed, filters) {
  const folder = join(ROOT, 'test', speed.name);
  if (!existsSync(folder)) return [];
  const { first = [] } = speed;
  /** @param {string} file */
  const rank = (file) => {
    const found = first.findIndex((part) => file.startsWith(part));
    return found < 0 ? first.length : found;
  };
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .filter((file) => !filters.length || filters.some((filter) => file.includes(filter)))
    .sort()
    .sort((one, other) => rank(one) - rank(other))
    .map((file) => join(folder, file));
}

/** @typedef {{ title: string, argv: string[] }} Check by the arguments of node */

const TSC = 'node_modules/typescript/bin/tsc';

/** Two rows that take about as long as each other: they are gone through at the same time. @type {Check[][]} */
export const CHECKS = [
  [{ title: 'lint', argv: ['node_modules/eslint/bin/eslint.js', '.'] }],
  [
    { title: 'format', argv: ['node_modules/prettier/bin/prettier.cjs', '--check', '.'] },
    { title: 'types of the extension', argv: [TSC, '-p', 'tsconfig.json'] },
    { title: 'types of the webview', argv: [TSC, '-p', 'webview/tsconfig.json'] },
    { title: 'types of the tests', argv: [TSC, '-p', 'test/tsconfig.json'] },
    { title: 'BPF objects are what their sources give', argv: ['tools/build-bpf.mjs', '--check'] },
  ],
];
