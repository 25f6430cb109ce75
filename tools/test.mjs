// Runs tests: `node tools/test.mjs` checks and runs all, `node tools/test.mjs unit|kernel|nodes|vscode [part of a
// path ...]` one speed. The last line is the total: `N passed, N failed, N skipped`.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runChild } from './test/children.mjs';
import { sum } from './test/result.mjs';
import { CHECKS, ROOT, SPEEDS, testFiles } from './test/speeds.mjs';

const LANE = join('tools', 'test', 'lane.sh');

/** Lines of what went wrong in one test that are told again at the end. */
const LINES_AGAIN = 3;

/** @typedef {import('./test/result.mjs').Result} Result */

/** @param {Result} result */
const inWords = ({ passed, failed, skipped }) => `${passed} passed, ${failed} failed, ${skipped} skipped`;

/** @param {string} title @param {string} message @returns {Result} */
const failure = (title, message) => ({ passed: 0, failed: 1, skipped: 0, failures: [{ title, message }] });

/**
 * @param {string} title @param {string[]} argv arguments of node
 * @param {{ held?: boolean }} [options] as `runChild` takes them
 * @returns {Promise<Result>}
 */
async function check(title, argv, options = {}) {
  const passed = (await runChild([process.execPath, ...argv], { cwd: ROOT, ...options })) === 0;
  console.log(`  ${passed ? 'ok   ' : 'FAIL '} ${title}`);
  return passed ? { passed: 1, failed: 0, skipped: 0, failures: [] } : failure(title, 'see above');
}

/**
 * @param {import('./test/speeds.mjs').Check[]} checks
 * @returns {Promise<[string, Result][]>}
 */
async function checkInTurn(checks) {
  /** @type {[string, Result][]} */
  const results = [];
  for (const { title, argv } of checks) results.push([title, await check(title, argv, { held: true })]);
  return results;
}

/** @param {import('./test/speeds.mjs').Speed} speed */
function prefix(speed) {
  const alone = speed.lanes > 1 ? ['unshare', '--mount', '--propagation', 'private', 'sh', LANE] : [];
  if (!speed.root || process.getuid?.() === 0) return alone;
  console.log(
    `The ${speed.name} tests make network namespaces and load BPF programs: they run through sudo.`,
  );
  return ['sudo', '-E', 'env', `PATH=${process.env['PATH'] ?? ''}`, ...alone];
}

/**
 * @param {import('./test/speeds.mjs').Speed} speed @param {string[]} filters
 * @returns {Promise<Result>}
 */
async function runSpeed(speed, filters) {
  console.log(`\ntest/${speed.name}`);
  if (speed.build !== 'nothing') {
    const argv = ['tools/build.mjs', ...(speed.build === 'nodes' ? ['--for-nodes'] : [])];
    const built = await check('build', argv);
    if (built.failed) return built;
  }
  const files = testFiles(speed, filters);
  if (!files.length) return failure(`test/${speed.name}`, `no file is meant by: ${filters.join(' ')}`);
  const before = prefix(speed);
  const folder = mkdtempSync(join(tmpdir(), 'mesh-redirect-test-'));
  const lanes = Array.from({ length: Math.min(speed.lanes, files.length) }, (_, lane) => lane);
  // What one lane says is read as it comes, that of the others when they have ended.
  const results = await Promise.all(lanes.map((lane) => runLane(speed, before, files, folder, lane)));
  rmSync(folder, { recursive: true, force: true });
  const result = sum(results);
  const any = result.passed || result.failed || result.skipped;
  return any ? result : failure(`test/${speed.name}`, 'no test was found');
}

/**
 * Runs those of the files that no other lane has begun.
 * @param {import('./test/speeds.mjs').Speed} speed
 * @param {string[]} before what runs the program that runs the tests
 * @param {string[]} files @param {string} folder what the lanes share
 * @param {number} lane
 * @returns {Promise<Result>}
 */
async function runLane(speed, before, files, folder, lane) {
  const file = join(folder, `result-${lane}.json`);
  const runner = [process.execPath, '--import=tsx', 'test/run.ts'];
  const options = [`--result=${file}`, `--timeout=${speed.timeout}`, `--begun=${folder}`];
  const argv = [...before, ...runner, ...options, '--', ...files];
  const code = await runChild(argv, { cwd: ROOT, held: lane > 0 });
  const problem = `the test process ended without a result (exit code ${code})`;
  return readResult(file) ?? failure(`test/${speed.name}`, problem);
}

/** @param {string} file @returns {Result | null} */
function readResult(file) {
  try {
    /** @type {unknown} */
    const result = JSON.parse(readFileSync(file, 'utf8'));
    return /** @type {Result} */ (result);
  } catch {
    return null; // a process that ended in the middle has written none, and that is said above
  }
}

const [name, ...filters] = process.argv.slice(2);
const speeds = SPEEDS.filter((speed) => name === undefined || speed.name === name);
if (!speeds.length) {
  console.error(`There is no speed ${name}. There are: ${SPEEDS.map((speed) => speed.name).join(' ')}`);
  process.exit(2);
}

/** @type {[string, Result][]} */
const results = [];
if (name === undefined) {
  console.log('checks');
  results.push(...(await Promise.all(CHECKS.map(checkInTurn))).flat());
}
for (const speed of speeds) {
  const result = await runSpeed(speed, filters);
  console.log(`test/${speed.name}: ${inWords(result)}`);
  results.push([`test/${speed.name}`, result]);
}

const total = sum(results.map(([, result]) => result));
const isCi = process.env['CI'] === 'true';
console.log('');
// What is said above may be thousands of lines away, and a log may keep its end only.
for (const { title, message } of total.failures)
  console.log([`FAIL  ${title}`, ...message.split('\n').slice(0, LINES_AGAIN)].join('\n      '));
for (const [title, result] of results) if (result.failed) console.log(`${title}: ${result.failed} failed`);
if (isCi && total.skipped) console.log('With CI=true a skipped test counts as a failed one.');
if (total.failed || (isCi && total.skipped)) process.exitCode = 1;
console.log(inWords(total));
