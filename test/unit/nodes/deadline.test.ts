import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { Deadline } from '../../../src/nodes/ssh/deadline';

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

  it('never aborts once it was stopped', () => {
    const deadline = new Deadline(100, () => reason);
    deadline.stop();
    mock.timers.tick(1000);
    assert.ok(!deadline.signal.aborted);
  });
});
