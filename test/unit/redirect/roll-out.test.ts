import assert from 'node:assert/strict';
import { RollOut, type RollOutDriver, type RollOutTerms } from '../../../src/redirect';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

/** Switches whatever it is told to, and remembers the order. */
class Driver implements RollOutDriver<string> {
  readonly log: string[] = [];
  atOnce = 0;
  most = 0;
  failing: Partial<Record<'switch' | 'verify' | 'undo', string>> = {};
  before: (target: string) => void = () => undefined;

  async switch(target: string, signal: AbortSignal, report: (step: string) => void): Promise<string> {
    this.most = Math.max(this.most, ++this.atOnce);
    report('1 of 2: begin');
    this.before(target);
    await Promise.resolve();
    this.atOnce -= 1;
    if (signal.aborted) throw new Error('It was taken back.');
    return this.#do('switch', target);
  }
  verify(target: string): Promise<string> {
    return Promise.resolve().then(() => this.#do('verify', target));
  }
  undo(target: string): Promise<string> {
    return Promise.resolve().then(() => this.#do('undo', target));
  }

  #do(what: 'switch' | 'verify' | 'undo', target: string): string {
    this.log.push(`${what} ${target}`);
    if (this.failing[what] === target) throw new Error(`${what} of ${target} failed.`);
    return `${what} ok`;
  }
}

async function rollOut(
  driver: Driver,
  terms: Partial<RollOutTerms> = {},
  signal = new AbortController().signal,
) {
  const all: RollOutTerms = { batch: 3, onFailure: 'undo-failed', ...terms };
  const run = new RollOut(NAMES, driver, all);
  await run.run(signal);
  return { run, kinds: NAMES.map((name) => run.stage(name).kind).join(' ') };
}

describe('a roll-out', () => {
  it('switches and verifies one, then the others in batches', async () => {
    const driver = new Driver();
    const { run, kinds } = await rollOut(driver);
    assert.equal(run.state, 'done');
    assert.equal(kinds, Array(7).fill('done').join(' '));
    assert.deepEqual(driver.log.slice(0, 2), ['switch a', 'verify a']);
    assert.equal(driver.most, 3);
    assert.ok(driver.log.indexOf('switch e') > driver.log.indexOf('verify d'), driver.log.join());
    assert.deepEqual(run.stage('g'), { kind: 'done', text: 'verify ok' });
  });

  it('stops at the first failure, which has been taken back', async () => {
    const driver = new Driver();
    driver.failing = { switch: 'a' };
    const { run, kinds } = await rollOut(driver);
    assert.equal(run.state, 'failed');
    assert.equal(kinds, 'failed waiting waiting waiting waiting waiting waiting');
    assert.deepEqual(driver.log, ['switch a']);
  });

  it('brings back the one that does not hold, and no other', async () => {
    const driver = new Driver();
    driver.failing = { verify: 'c' };
    const { run, kinds } = await rollOut(driver);
    assert.equal(kinds, 'done done failed done waiting waiting waiting');
    assert.deepEqual(
      driver.log.filter((line) => line.startsWith('undo')),
      ['undo c'],
    );
    assert.match(run.stage('c').text, /verify of c failed\. undo ok/);
  });

  it('or brings all back, the last first', async () => {
    const driver = new Driver();
    driver.failing = { switch: 'e' };
    const { run, kinds } = await rollOut(driver, { onFailure: 'undo-all' });
    assert.equal(run.state, 'failed');
    assert.equal(kinds, 'undone undone undone undone failed undone undone');
    const undone = driver.log.filter((line) => line.startsWith('undo'));
    assert.deepEqual(undone, ['undo g', 'undo f', 'undo d', 'undo c', 'undo b', 'undo a']);
  });

  it('says of a workload that it cannot be brought back, and goes on with the others', async () => {
    const driver = new Driver();
    driver.failing = { switch: 'e', undo: 'c' };
    const { run, kinds } = await rollOut(driver, { onFailure: 'undo-all' });
    assert.equal(kinds, 'undone undone stuck undone failed undone undone');
    assert.match(run.stage('c').text, /could not be brought back: undo of c failed/);
  });

  it('can be cancelled: what runs is taken back, what is done stays, nothing more begins', async () => {
    const driver = new Driver();
    const controller = new AbortController();
    driver.before = (target) => {
      if (target === 'c') controller.abort();
    };
    const { run, kinds } = await rollOut(driver, { onFailure: 'undo-all' }, controller.signal);
    assert.equal(run.state, 'cancelled');
    assert.equal(kinds, 'done undone undone undone waiting waiting waiting');
    await run.undoAll();
    assert.equal(run.stage('a').kind, 'undone');
    assert.equal(run.state, 'cancelled');
  });

  it('of no workload is done at once', async () => {
    const run = new RollOut([], new Driver(), { batch: 3, onFailure: 'undo-all' });
    await run.run(new AbortController().signal);
    assert.equal(run.state, 'done');
  });
});
