import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { Deadline } from '../../../src/nodes/deadline';

describe('the deadline of a connection attempt', () => {
  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  });
  afterEach(() => {
    mock.timers.reset();
  });
  const reason = new Error('too late');

  it('aborts when the time is over, with its reason', () => {
    const { signal } = new Deadline(100, () => reason);
    mock.timers.tick(99);
    assert.ok(!signal.aborted);
    mock.timers.tick(1);
    assert.equal(signal.reason, reason);
  });

  it('does not count the time that a person thinks, and goes on with what was left', async () => {
    const deadline = new Deadline(100, () => reason);
    mock.timers.tick(60);
    const answer = await deadline.pausedFor(() => {
      mock.timers.tick(1000);
      return Promise.resolve(true);
    });
    assert.ok(answer);
    mock.timers.tick(39);
    assert.ok(!deadline.signal.aborted);
    mock.timers.tick(1);
    assert.ok(deadline.signal.aborted);
  });

  it('stands still as long as anybody is asked anything, within or beside another question', async () => {
    const deadline = new Deadline(100, () => reason);
    mock.timers.tick(60);
    let answer: () => void = () => undefined;
    const slow = deadline.pausedFor(
      () =>
        new Promise<void>((resolve) => {
          answer = resolve;
        }),
    );
    await deadline.pausedFor(() => deadline.pausedFor(() => Promise.resolve()));
    mock.timers.tick(1000);
    assert.ok(!deadline.signal.aborted);
    answer();
    await slow;
    mock.timers.tick(39);
    assert.ok(!deadline.signal.aborted);
    mock.timers.tick(1);
    assert.ok(deadline.signal.aborted);
  });

  it('never aborts once it was stopped, also where an answer comes later', async () => {
    const asking = new Deadline(100, () => reason);
    const answered = asking.pausedFor(() => Promise.resolve());
    asking.stop();
    await answered;
    mock.timers.tick(1000);
    assert.ok(!asking.signal.aborted);
  });

  it('never aborts once it was stopped', () => {
    const deadline = new Deadline(100, () => reason);
    deadline.stop();
    mock.timers.tick(1000);
    assert.ok(!deadline.signal.aborted);
  });
});
