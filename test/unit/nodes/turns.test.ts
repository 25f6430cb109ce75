import assert from 'node:assert/strict';
import { NodeError } from '../../../src/nodes/errors';
import { Turns, type Lane } from '../../../src/nodes/turns';

describe('turns', () => {
  const { signal } = new AbortController();
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  beforeEach(() => {
    begun.length = 0;
    ends.clear();
  });
  /** Work that goes on until it is ended. */
  const begin = (turns: Turns, name: string, lane: Lane, by: AbortSignal = signal): Promise<void> =>
    turns.run(lane, by, () => {
      begun.push(name);
      return new Promise((resolve) => ends.set(name, resolve));
    });
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.();
    await settled();
  };

  it('are taken by so many at once, in the order of coming', async () => {
    const turns = new Turns(2);
    const all = ['a', 'b', 'c', 'd'].map((name) => begin(turns, name, 'by-the-way'));
    await settled();
    assert.deepEqual(begun, ['a', 'b']);
    await end('b');
    assert.deepEqual(begun, ['a', 'b', 'c']);
    for (const name of ['a', 'c', 'd']) await end(name);
    await Promise.all(all);
    assert.deepEqual(begun, ['a', 'b', 'c', 'd']);
  });

  it('are first for what somebody waits for', async () => {
    const turns = new Turns(1);
    const all = [
      begin(turns, 'first', 'by-the-way'),
      begin(turns, 'second', 'by-the-way'),
      begin(turns, 'asked for', 'waited-for'),
    ];
    await settled();
    for (const name of ['first', 'asked for', 'second']) await end(name);
    await Promise.all(all);
    assert.deepEqual(begun, ['first', 'asked for', 'second']);
  });

  it('pass on where the work fails, and as it does', async () => {
    const turns = new Turns(1);
    const failing = turns.run('waited-for', signal, () => Promise.reject(new Error('it failed')));
    const next = begin(turns, 'next', 'waited-for');
    await assert.rejects(failing, /it failed/);
    await settled();
    await end('next');
    await next;
  });

  it('are given back by who only waits, and come again before what has not begun', async () => {
    const turns = new Turns(1);
    let goOn: () => void = () => undefined;
    const waiting = turns.run('by-the-way', signal, async (turn) => {
      const again = turn.giveBack();
      await new Promise<void>((resolve) => (goOn = resolve));
      await again();
      begun.push('gone on');
    });
    const others = [begin(turns, 'meanwhile', 'waited-for'), begin(turns, 'later', 'waited-for')];
    await settled();
    assert.deepEqual(begun, ['meanwhile']);
    goOn();
    await settled();
    for (const name of ['meanwhile', 'later']) await end(name);
    await Promise.all([waiting, ...others]);
    assert.deepEqual(begun, ['meanwhile', 'gone on', 'later']);
  });

  it('are not given back twice by who fails without another', async () => {
    const turns = new Turns(1);
    const failing = turns.run('waited-for', signal, (turn) => {
      turn.giveBack();
      return Promise.reject(new Error('no answer'));
    });
    await assert.rejects(failing, /no answer/);
    const all = ['first', 'second'].map((name) => begin(turns, name, 'waited-for'));
    await settled();
    assert.deepEqual(begun, ['first']);
    for (const name of ['first', 'second']) await end(name);
    await Promise.all(all);
  });

  it('are not taken by who was cancelled meanwhile', async () => {
    const turns = new Turns(1);
    const cancel = new AbortController();
    const running = begin(turns, 'running', 'waited-for');
    const cancelled = begin(turns, 'cancelled', 'waited-for', cancel.signal);
    const last = begin(turns, 'last', 'waited-for');
    cancel.abort();
    const isCancelled = (error: unknown): boolean => error instanceof NodeError && error.kind === 'cancelled';
    await assert.rejects(cancelled, isCancelled);
    await assert.rejects(begin(turns, 'too late', 'waited-for', cancel.signal), isCancelled);
    await settled();
    for (const name of ['running', 'last']) await end(name);
    await Promise.all([running, last]);
    assert.deepEqual(begun, ['running', 'last']);
  });
});
