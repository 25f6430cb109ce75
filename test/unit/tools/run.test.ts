import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** Runs programs of ours that report on tests: they must be able to fail. */
function node(argv: string[]): { status: number | null; stdout: string; lastLine: string | undefined } {
  const { status, stdout } = spawnSync(process.execPath, argv, { cwd: ROOT, encoding: 'utf8' });
  return { status, stdout, lastLine: stdout.trimEnd().split('\n').at(-1) };
}

describe('running tests', () => {
  let folder: string;
  const skip = pathToFileURL(join(ROOT, 'test', 'skip.ts')).href;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mesh-redirect-run-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function runSource(source: string): { status: number | null; stdout: string; result: unknown } {
    const file = join(folder, 'some.test.mts');
    const result = join(folder, 'result.json');
    writeFileSync(file, `import { skip } from '${skip}';\n${source}`);
    const { status, stdout } = node(['--import=tsx', 'test/run.ts', `--result=${result}`, file]);
    return { status, stdout, result: JSON.parse(readFileSync(result, 'utf8')) };
  }

  it('counts what passed and what failed, and says why', () => {
    const { status, stdout, result } = runSource(
      `it('is right', () => {}); it('is wrong', () => { throw new Error('two is not three'); });`,
    );
    const failures = [{ title: 'is wrong', message: 'two is not three' }];
    assert.deepEqual(result, { passed: 1, failed: 1, skipped: 0, failures });
    assert.equal(status, 1);
    assert.match(stdout, /FAIL {2}is wrong: two is not three/);
  }).timeout(30_000);

  it('counts a failing hook', () => {
    const source = `describe('a', () => { before(() => { throw new Error('no'); }); it('is not run', () => {}); });`;
    const failures = [{ title: 'a › "before all" hook for "is not run"', message: 'no' }];
    assert.deepEqual(runSource(source).result, { passed: 0, failed: 1, skipped: 0, failures });
  }).timeout(30_000);

  it('says why a test or a whole suite was skipped', () => {
    const { status, stdout, result } = runSource(`
      it('alone', function () { skip(this, 'the moon is full'); });
      describe('a suite', () => {
        before(function () { skip(this, 'the sun is down'); });
        it('inside', () => {});
      });`);
    assert.deepEqual(result, { passed: 0, failed: 0, skipped: 2, failures: [] });
    assert.equal(status, 0);
    assert.match(stdout, /skip {2}alone: the moon is full/);
    assert.match(stdout, /skip {2}inside: the sun is down/);
  }).timeout(30_000);

  it('fails when there was nothing to run', () => {
    const { status, lastLine } = node(['tools/test.mjs', 'unit', 'no such file']);
    assert.equal(status, 1);
    assert.equal(lastLine, '0 passed, 1 failed, 0 skipped');
  }).timeout(30_000);
});
