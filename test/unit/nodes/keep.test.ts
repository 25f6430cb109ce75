import assert from 'node:assert/strict';
import type { Agent } from '../../../src/nodes/agent/agent';
import { AgentListeners } from '../../../src/nodes/agent/agent-listeners';
import type { Params, Verb, WatchChanged } from '../../../src/nodes/agent/protocol';
import { AgentError, NodeError, type NodeErrorKind } from '../../../src/nodes/errors';
import { keepConnected, type KeptConnection } from '../../../src/nodes/keep';
import type { Connection, ConnectOptions, Node, Prompts } from '../../../src/nodes/node';
import { Turns } from '../../../src/nodes/turns';

const SOON = { first: 1, most: 2, attempts: 5 };
const PATIENT = { first: 60_000, most: 60_000, attempts: 3 };

/** A connection in memory, whose way a test can cut. */
class FakeConnection implements Connection {
  readonly asked: [Verb, unknown][] = [];
  readonly listeners = new AgentListeners();
  readonly agent: Agent;
  readonly readOnly = false;
  readonly byHand = () => ({ file: 'sh', args: [] });
  readonly info: Connection['info'];
  readonly #gone: boolean;
  disposed = false;
  #close: (reason: string) => void = () => undefined;
  #lost = false;

  /** @param gone whether the workloads of the last one are */
  constructor(number: number, gone: boolean, bootId: string) {
    this.#gone = gone;
    this.info = { hostname: `boot-${number}`, bootId } as Connection['info'];
    const closed = new Promise<string>((resolve) => {
      this.#close = resolve;
    });
    const isLost = (): boolean => this.#lost;
    this.agent = {
      request: (verb, params) => {
        this.asked.push([verb, params]);
        if (!this.#gone) return Promise.resolve({} as never);
        return Promise.reject(new AgentError(verb, 'gone', { kind: 'no-such-workload' }));
      },
      on: (name, listener) => this.listeners.on(name, listener),
      closed,
      get lost() {
        return isLost();
      },
      dispose: () => {
        this.dispose();
      },
    };
  }

  end(reason: string, lost: boolean): void {
    this.#lost = lost;
    this.#close(reason);
  }

  pods(): Promise<null> {
    return Promise.resolve(null);
  }

  dispose(): void {
    this.disposed = true;
    this.end('the connection was closed', false);
  }
}

describe('a kept connection', () => {
  let made: FakeConnection[];
  let failures: NodeErrorKind[];
  let options: ConnectOptions;
  let usedPrompts: Prompts[];
  let messages: string[];
  let gone: boolean;
  let bootId: string;
  beforeEach(() => {
    made = [];
    failures = [];
    usedPrompts = [];
    messages = [];
    gone = false;
    bootId = 'first';
    options = {
      prompts: { confirmHostKey: () => Promise.resolve(true), askSecret: () => Promise.resolve(undefined) },
      log: {
        command: () => undefined,
        message: ({ text }) => {
          messages.push(text);
        },
      },
      signal: new AbortController().signal,
    };
  });

  const node: Node = {
    id: 'ssh:web',
    kind: 'ssh',
    label: 'web',
    connect: ({ prompts }) => {
      usedPrompts.push(prompts);
      const kind = failures.shift();
      if (kind) return Promise.reject(new NodeError(kind, `it is ${kind}`, 'remedy'));
      const connection = new FakeConnection(made.length, gone, bootId);
      made.push(connection);
      return Promise.resolve(connection);
    },
  };
  const keep = (): Promise<KeptConnection> => keepConnected(node, options, { backOff: SOON });
  const interruptions = (
    kept: KeptConnection,
  ): { until: (last: string | null) => Promise<(string | null)[]> } => {
    const seen: (string | null)[] = [];
    kept.onInterruption((interruption) => seen.push(interruption));
    return {
      until: async (last) => {
        while (seen.at(-1) !== last || seen.length === 0)
          await new Promise((resolve) => setTimeout(resolve, 1));
        return seen;
      },
    };
  };
  const watch = {
    watch: 'w',
    workload: 'c1',
    interval: 100,
    rulesets: true,
    attachments: true,
    maps: [],
    known: [],
  };
  const trace: Params<'trace/start'> = {
    ...{ trace: 't', workload: 'c1', seconds: 60, direction: 'inbound', family: 'ipv4', uid: null },
    ...{ source: null, sourcePort: null, destination: '10.0.0.1', destinationPort: 80, legacy: false },
  };

  it('is made again when the way is lost, and watches what was watched', async () => {
    const kept = await keep();
    const seen = interruptions(kept);
    const changes: WatchChanged[] = [];
    kept.agent.on('watch/changed', (change) => changes.push(change));
    await kept.agent.request('watch/start', watch);
    await kept.agent.request('watch/start', { ...watch, watch: 'other' });
    for (const id of ['w', 'other'])
      await kept.agent.request('watch/visible', { watch: id, rulesets: [], maps: [] });
    await kept.agent.request('watch/stop', { watch: 'other' });
    await kept.agent.request('trace/start', trace);
    await kept.agent.request('trace/start', { ...trace, trace: 'over' });
    await kept.agent.request('trace/stop', { trace: 'over' });
    failures = ['unreachable', 'port-closed', 'time-out'];
    made[0]?.end('the cable was cut', true);
    assert.deepEqual(await seen.until(null), ['the cable was cut', null]);
    assert.deepEqual(made[1]?.asked, [
      ['watch/start', watch],
      ['watch/visible', { watch: 'w', rulesets: [], maps: [] }],
      ['trace/start', trace],
    ]);
    made[1].listeners.emit('watch/changed', { watch: 'w', taken: 1 });
    assert.deepEqual(changes, [{ watch: 'w', taken: 1 }]);
    assert.equal(kept.info.hostname, 'boot-1');
    await kept.agent.request('snapshot', { workload: 'c1' });
    assert.deepEqual(made[1].asked.at(-1), ['snapshot', { workload: 'c1' }]);
  });

  it('tells of a watched workload that is gone meanwhile', async () => {
    const kept = await keep();
    const seen = interruptions(kept);
    const changes: WatchChanged[] = [];
    kept.agent.on('watch/changed', (change) => changes.push(change));
    await kept.agent.request('watch/start', watch);
    gone = true;
    made[0]?.end('cut', true);
    await seen.until(null);
    assert.deepEqual(changes, [{ watch: 'w', gone: true }]);
    assert.equal(made[1]?.asked.length, 1);
    made[1].end('cut again', true);
    await seen.until('cut again');
    await seen.until(null);
    assert.deepEqual(made[2]?.asked, []);
  });

  it('does not watch a workload of another boot, though its id is the same', async () => {
    const kept = await keep();
    const seen = interruptions(kept);
    const changes: WatchChanged[] = [];
    kept.agent.on('watch/changed', (change) => changes.push(change));
    await kept.agent.request('watch/start', watch);
    bootId = 'second';
    made[0]?.end('rebooted', true);
    await seen.until(null);
    assert.deepEqual(changes, [{ watch: 'w', gone: true }]);
    assert.deepEqual(made[1]?.asked, []);
  });

  it('gives what it is just now, which ends with its way', async () => {
    const kept = await keep();
    const seen = interruptions(kept);
    const { current } = kept;
    failures = ['unreachable'];
    made[0]?.end('cut', true);
    await seen.until('cut');
    assert.equal(await current.agent.closed, 'cut');
    assert.throws(() => kept.current, { kind: 'unreachable', message: /web is interrupted/ });
    await seen.until(null);
    assert.equal(kept.current, made[1]);
  });

  it('refuses requests meanwhile, in words that help', async () => {
    const kept = await keep();
    const seen = interruptions(kept);
    failures = Array.from({ length: 4 }, () => 'unreachable');
    made[0]?.end('cut', true);
    await seen.until('cut');
    await assert.rejects(kept.agent.request('workloads/list', {}), {
      kind: 'unreachable',
      message: /web is interrupted/,
    });
    await seen.until(null);
    await kept.agent.request('workloads/list', {});
  });

  it('ends with the agent where that ended by itself', async () => {
    const kept = await keep();
    made[0]?.end('killed by SIGKILL', false);
    assert.equal(await kept.agent.closed, 'killed by SIGKILL');
    assert.equal(kept.agent.lost, false);
    await assert.rejects(kept.agent.request('workloads/list', {}), { kind: 'agent-ended' });
    assert.equal(made.length, 1);
  });

  it('ends where a person is needed, and asks nobody but who answers silently', async () => {
    const silent = { ...options.prompts };
    options = { ...options, prompts: { ...options.prompts, silent } };
    const kept = await keep();
    failures = ['unreachable', 'cancelled'];
    made[0]?.end('cut', true);
    assert.equal(await kept.agent.closed, 'cut; connecting again failed: it is cancelled');
    assert.equal(kept.agent.lost, true);
    assert.deepEqual(usedPrompts.slice(1), [silent, silent]);
  });

  it('gives up at last', async () => {
    const kept = await keep();
    failures = Array.from({ length: SOON.attempts }, () => 'port-closed');
    made[0]?.end('cut', true);
    assert.equal(await kept.agent.closed, 'cut; connecting again failed: it is port-closed');
  });

  it('is lost again and again without ending', async () => {
    const kept = await keep();
    const seen = interruptions(kept);
    for (const number of [0, 1, 2]) {
      made[number]?.end(`cut ${number}`, true);
      await seen.until(`cut ${number}`);
      await seen.until(null);
    }
    assert.equal(made.length, 4);
    assert.equal(kept.interruption, null);
  });

  it('is not made again once it was disposed, also in the middle of an interruption', async () => {
    const first = await keep();
    first.dispose();
    assert.equal(await first.agent.closed, 'the connection was closed');
    assert.ok(made[0]?.disposed);
    const second = await keepConnected(node, options, { backOff: PATIENT });
    const seen = interruptions(second);
    made[1]?.end('cut', true);
    await seen.until('cut');
    second.dispose();
    assert.equal(await second.agent.closed, 'the connection was closed');
    assert.equal(made.length, 2);
  });

  it('is made again in its turn', async () => {
    const turns = new Turns(1);
    const { signal } = new AbortController();
    let pass: () => void = () => undefined;
    const other = turns.run('by-the-way', signal, () => new Promise<void>((resolve) => (pass = resolve)));
    const kept = await keepConnected(node, options, { backOff: SOON, turns });
    const seen = interruptions(kept);
    made[0]?.end('cut', true);
    await seen.until('cut');
    await new Promise((resolve) => setTimeout(resolve, 5 * SOON.most));
    assert.equal(made.length, 1);
    pass();
    await other;
    await seen.until(null);
    assert.equal(made.length, 2);
  });

  it('does not wait when told to try at once', async () => {
    const kept = await keepConnected(node, options, { backOff: PATIENT });
    const seen = interruptions(kept);
    made[0]?.end('cut', true);
    await seen.until('cut');
    kept.retry();
    await seen.until(null);
    assert.equal(made.length, 2);
  });

  it('fails as the node does, the first time', async () => {
    failures = ['unreachable'];
    await assert.rejects(keep(), { kind: 'unreachable' });
    assert.deepEqual(messages, []);
  });
});
