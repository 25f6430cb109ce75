// Runs test files in this process, one after another:
//
//   node --import=tsx test/run.ts --result FILE --begun FOLDER --timeout MILLISECONDS FILE...
//
// What it came to is written to the result file, because sudo passes no other channel on. Of processes that share the
// folder, each file is run by the one that begins it first.

import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import Mocha from 'mocha';
import { sum, type Result } from '../tools/test/result.mjs';
import { end } from './at-end';
import { Reporter } from './reporter';

/** How long something may stay open after the last test. */
const GRACE = 15_000;

const { positionals: files, values } = parseArgs({
  allowPositionals: true,
  options: {
    result: { type: 'string' },
    begun: { type: 'string' },
    timeout: { type: 'string' },
    grep: { type: 'string' },
  },
});

function finish(result: Result): void {
  if (values.result !== undefined) writeFileSync(values.result, JSON.stringify(result));
  process.exitCode = result.failed > 0 ? 1 : 0;
  // Whoever left a process or a socket behind would leave it on a person's machine, too.
  setTimeout(() => {
    const open = {
      title: 'all is closed after the tests',
      message: process.getActiveResourcesInfo().join(' '),
    };
    process.stdout.write(`still open after the tests: ${open.message}\n`);
    const failures = [...result.failures, open];
    if (values.result !== undefined)
      writeFileSync(values.result, JSON.stringify({ ...result, failed: result.failed + 1, failures }));
    process.exit(1);
  }, GRACE).unref();
}

/** Whether nobody else runs it. */
function begins(index: number): boolean {
  if (values.begun === undefined) return true;
  try {
    writeFileSync(join(values.begun, String(index)), '', { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function runFile(file: string): Promise<Result> {
  const reporters: Reporter[] = [];
  const mocha = new Mocha({
    timeout: Number(values.timeout ?? '10000'),
    forbidOnly: process.env['CI'] === 'true',
    ...(values.grep === undefined ? {} : { grep: values.grep }),
    reporter: class extends Reporter {
      constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
        super(runner, options);
        reporters.push(this);
      }
    },
  });
  // Mocha's own loader tries require() first, and then has a second copy of every module that others import.
  const { constants } = Mocha.Suite;
  mocha.suite.emit(constants.EVENT_FILE_PRE_REQUIRE, globalThis, file, mocha);
  await import(pathToFileURL(resolve(file)).href);
  mocha.suite.emit(constants.EVENT_FILE_POST_REQUIRE, globalThis, file, mocha);
  await new Promise((ended) => {
    mocha.run(ended);
  });
  mocha.dispose();
  return sum(reporters.map(({ result }) => result));
}

const results: Result[] = [];
for (const [index, file] of files.entries()) if (begins(index)) results.push(await runFile(file));
await end();
finish(sum(results));
