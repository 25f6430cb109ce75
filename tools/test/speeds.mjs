// The four speeds of tests, slowest last, and the checks that come before them.

import { existsSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

/**
 * @typedef {object} Speed
 * @property {string} name its folder below test/
 * @property {boolean} root whether it needs root
 * @property {'nothing' | 'nodes' | 'everything'} build what has to be built before
 * @property {number} timeout milliseconds that one test may take
 * @property {string[][]} [lanes] by folder, what runs beside each other; what is in no folder of them is in the last one
 * @property {boolean} [isolated] whether each lane has a /run and a bpffs of its own
 */

/** @type {Speed[]} */
export const SPEEDS = [
  { name: 'unit', root: false, build: 'nothing', timeout: 10_000 },
  {
    ...{ name: 'kernel', root: true, build: 'nodes', timeout: 60_000 },
    isolated: true,
    lanes: [['agent'], ['ebpf', 'faults', 'parity', 'playground', 'redirect']],
  },
  { name: 'nodes', root: true, build: 'nodes', timeout: 60_000 },
  { name: 'vscode', root: true, build: 'everything', timeout: 180_000 },
];

/**
 * @param {Speed} speed
 * @param {string[]} filters parts of paths; a file has to contain one of them, if there are any
 */
function testFiles(speed, filters) {
  const folder = join(ROOT, 'test', speed.name);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .filter((file) => !filters.length || filters.some((filter) => file.includes(filter)))
    .map((file) => join(folder, file))
    .sort();
}

/**
 * The files of each lane, without lanes that have none; all in one where the speed has no lanes.
 * @param {Speed} speed @param {string[]} filters as `testFiles` takes them
 */
export function lanesOf(speed, filters) {
  const { lanes = [[]] } = speed;
  const files = testFiles(speed, filters);
  const folder = join(ROOT, 'test', speed.name);
  const laneOf = (/** @type {string} */ file) => {
    const named = lanes.findIndex((folders) => folders.includes(relative(folder, file).split(sep)[0] ?? ''));
    return named < 0 ? lanes.length - 1 : named;
  };
  return lanes.map((_, lane) => files.filter((file) => laneOf(file) === lane)).filter((lane) => lane.length);
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
