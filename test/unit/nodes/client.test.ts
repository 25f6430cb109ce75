import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AgentClient, verbTimeout } from '../../../src/nodes/agent/client';
import type { AgentLog, WatchChanged } from '../../../src/nodes/agent/protocol';
import { AgentError, NodeError, type NodeErrorKind } from '../../../src/nodes/errors';
import { Peer } from './peer';

const LIST = 'workloads/list';

/** For assert.rejects: a NodeError of this kind whose message matches. */
function nodeError(kind: NodeErrorKind, message = /./) {
  return (error: unknown): true => {
    assert.ok(error instanceof NodeError, String(error));
    assert.equal(error.kind, kind, error.message);
    assert.match(error.message, message);
    assert.notEqual(error.remedy, '');
    return true;
  };
}

describe("the agent's client", () => {
  let peer: Peer;
  let client: AgentClient;
  beforeEach(() => {
    peer = new Peer();
    client = new AgentClient(peer.channel);
  });
  afterEach(() => {
    peer.exit({ exitCode: 0, signal: null });
  });

  /** Lets everything that is on its way arrive. */
  async function settle(): Promise<void> {
    const answer = client.request(LIST, {});
    const { id } = await peer.asked();
    peer.send({ id, result: { workloads: [] } });
    await answer;
  }

  it('asks with the params as they are, and gives the result', async () => {
    const answer = client.request('maps/dump', { map: 7, cursor: null, limit: 10 });
    const asked = await peer.asked();
    assert.equal(asked.method, 'maps/dump');
    assert.deepEqual(asked.params, { map: 7, cursor: null, limit: 10 });
    peer.send({
      id: asked.id,
      error: { code: -32000, message: 'gone', data: { kind: 'no-such-map', map: 7 } },
    });
    await assert.rejects(answer, (error) => {
      assert.ok(error instanceof AgentError);
      assert.equal(error.verb, 'maps/dump');
      assert.equal(error.message, 'gone');
      assert.deepEqual(error.data, { kind: 'no-such-map', map: 7 });
      return true;
    });
    await settle();
  });

  it('tells answers apart that come in another order', async () => {
    const first = client.request('bpf/detach', { workload: 'c1', hooks: ['connect4'] });
    const second = client.request(LIST, {});
    const asked = [await peer.asked(), await peer.asked()];
    peer.send({ id: asked[1]?.id, result: { workloads: [] } });
    peer.send({ id: asked[0]?.id, result: { detached: ['connect4'] } });
    assert.deepEqual(await second, { workloads: [] });
    assert.deepEqual(await first, { detached: ['connect4'] });
  });

  for (const [name, result, message] of [
    ['a missing field', {}, /"workloads\/list".*workloads: /],
    ['a wrong type deep inside', { workloads: [{ id: 'c1', inode: 'x' }] }, /workloads\.0\.inode: /],
    ['a list instead of an object', [], /the whole of it: /],
    ['null', null, /the whole of it: /],
    ['a string', 'workloads', /the whole of it: /],
  ] as const) {
    it(`names the field when a result has a wrong shape: ${name}`, async () => {
      const answer = client.request(LIST, {});
      const { id } = await peer.asked();
      peer.send({ id, result });
      await assert.rejects(answer, nodeError('agent-protocol', message));
      await settle();
    });
  }

  it('passes over fields that it does not know', async () => {
    const answer = client.request(LIST, {});
    const { id } = await peer.asked();
    peer.send({ id, result: { workloads: [], later: { more: 1 } } });
    assert.deepEqual(await answer, { workloads: [] });
  });

  it("gives JSON-RPC's own errors a kind", async () => {
    for (const [code, kind] of [
      [-32600, 'invalid-request'],
      [-32601, 'no-such-verb'],
      [-32602, 'wrong-params'],
      [-32700, 'parse-error'],
    ] as const) {
      const answer = client.request(LIST, {});
      const { id } = await peer.asked();
      peer.send({ id, error: { code, message: 'no' } });
      await assert.rejects(answer, (error) => {
        assert.ok(error instanceof AgentError);
        assert.equal(error.data.kind, kind);
        return true;
      });
    }
  });

  it('does not take an error without a kind for one', async () => {
    for (const error of [
      { code: -32000, message: 'no' },
      { code: -32000, message: 'no', data: { kind: 3 } },
      { code: 'x', message: 5, data: 'kind' },
    ]) {
      const answer = client.request(LIST, {});
      const { id } = await peer.asked();
      peer.send({ id, error });
      await assert.rejects(answer, nodeError('agent-protocol', /which kind of error/));
    }
  });

  it('passes notifications on to every listener, and stops when told to', async () => {
    const changes: WatchChanged[] = [];
    const logs: AgentLog[] = [];
    const stop = client.on('watch/changed', (change) => changes.push(change));
    client.on('log', (log) => logs.push(log));
    peer.send({ method: 'watch/changed', params: { watch: 'w', maps: [{ map: 1, gone: true }] } });
    peer.send({ method: 'log', params: { level: 'info', message: 'm', argv: ['a', 'b'], exitCode: 1 } });
    await settle();
    stop();
    peer.send({ method: 'watch/changed', params: { watch: 'w', gone: true } });
    await settle();
    assert.deepEqual(changes, [{ watch: 'w', maps: [{ map: 1, gone: true }] }]);
    assert.deepEqual(logs, [{ level: 'info', message: 'm', argv: ['a', 'b'], exitCode: 1 }]);
  });

  it('says so when a notification has a wrong shape, and goes on', async () => {
    const changes: WatchChanged[] = [];
    const logs: AgentLog[] = [];
    client.on('watch/changed', (change) => changes.push(change));
    client.on('log', (log) => logs.push(log));
    peer.send({ method: 'watch/changed', params: { watch: 5 } });
    peer.send({ method: 'log', params: ['x'] });
    peer.send({ method: 'nobody/knows', params: {} });
    await settle();
    assert.deepEqual(changes, []);
    assert.match(logs[0]?.message ?? '', /"watch\/changed" has a wrong shape: watch: /);
    assert.match(logs[1]?.message ?? '', /"log" has a wrong shape/);
  });

  it('reports a response that is none, and answers later ones', async () => {
    const logs: AgentLog[] = [];
    client.on('log', (log) => logs.push(log));
    peer.send({ id: 12345, result: {} });
    peer.send({ id: null, error: { code: -32700, message: 'what?' } });
    peer.send({});
    await settle();
    assert.ok(logs.some(({ message }) => message.includes('what?')));
  });

  it('rejects after its time-out, and the connection goes on', async () => {
    peer.exit({ exitCode: 0, signal: null });
    peer = new Peer();
    client = new AgentClient(peer.channel, {
      verb: (verb) => (verb === 'snapshot' ? 1 : 10_000),
      end: 10_000,
    });
    const answer = client.request('snapshot', { workload: 'c1' });
    await assert.rejects(answer, nodeError('time-out', /"snapshot"/));
    const { id } = await peer.asked();
    peer.send({ id, result: {} });
    await settle();
  });

  it('waits longer for a verb that waits for a lock or for a keeper', () => {
    const restore = { workload: 'c1', family: 'ipv4', backend: 'nft', text: '', waitSeconds: 60 };
    const usual = verbTimeout('snapshot', {});
    assert.equal(verbTimeout('iptables/restore', restore) - usual, 60_000);
    assert.ok(verbTimeout('switch/apply', {}) - usual >= 60_000);
    assert.ok(verbTimeout('switch/recover', {}) - usual >= 600_000);
  });

  it('rejects as soon as its signal is aborted, also when it was before', async () => {
    const controller = new AbortController();
    const answer = client.request(LIST, {}, controller.signal);
    const { id } = await peer.asked();
    controller.abort();
    await assert.rejects(answer, nodeError('cancelled'));
    await assert.rejects(client.request(LIST, {}, controller.signal), nodeError('cancelled'));
    peer.send({ id, result: { workloads: [] } });
    await settle();
  });

  it('rejects what is pending and what comes later when the agent is killed, with its last words', async () => {
    const logs: AgentLog[] = [];
    client.on('log', (log) => logs.push(log));
    const answers = [client.request(LIST, {}), client.request('snapshot', { workload: 'c1' })];
    await peer.asked();
    peer.complain('one\ntwo');
    peer.exit({ exitCode: null, signal: 'SIGKILL' });
    for (const answer of answers) await assert.rejects(answer, nodeError('agent-ended', /SIGKILL.*two/s));
    assert.match(await client.closed, /^killed by SIGKILL; its last words: one\ntwo$/);
    await assert.rejects(client.request(LIST, {}), nodeError('agent-ended', /SIGKILL/));
    assert.deepEqual(
      logs.map(({ message }) => message),
      ['one', 'two'],
    );
  });

  it('says with which exit code the agent ended, and when the way to it was lost', async () => {
    peer.exit({ exitCode: 3, signal: null });
    assert.equal(await client.closed, 'exit code 3');
    const other = new Peer();
    const lostClient = new AgentClient(other.channel);
    other.exit({ exitCode: null, signal: null, lost: 'the connection to n was lost' });
    assert.equal(await lostClient.closed, 'the connection to n was lost');
  });

  it('gives up an agent that does not end when disposed of', async () => {
    const stubborn = new Peer();
    const impatient = new AgentClient(stubborn.channel, { verb: verbTimeout, end: 1 });
    impatient.dispose();
    assert.equal(await impatient.closed, 'the connection was closed');
    assert.ok(stubborn.abandoned);
  });

  it('says how the agent ended where it can no longer be written to', async () => {
    const answer = client.request(LIST, {});
    await peer.asked();
    peer.breakInput();
    peer.exit({ exitCode: null, signal: 'SIGKILL' });
    await assert.rejects(answer, nodeError('agent-ended', /SIGKILL/));
    assert.ok(!peer.abandoned);
  });

  it('leaves no timer behind where the agent ended in the middle of a message', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    await settle();
    const before = timers();
    const answer = client.request(LIST, {});
    await peer.asked();
    peer.raw('Content-Length: 50\r\n\r\n{"jsonrpc":');
    peer.exit({ exitCode: null, signal: 'SIGKILL' });
    await assert.rejects(answer, nodeError('agent-ended', /SIGKILL/));
    assert.equal(timers(), before);
  });

  it("closes the agent's stdin when disposed of", async () => {
    const answer = client.request(LIST, {});
    await peer.asked();
    client.dispose();
    client.dispose();
    await assert.rejects(answer, nodeError('agent-ended', /closed/));
    assert.ok(peer.inputEnded);
    assert.ok(!peer.abandoned);
    peer.exit({ exitCode: 0, signal: null });
    assert.equal(await client.closed, 'the connection was closed');
  });

  for (const [name, bytes] of [
    ['a banner', 'Last login: yesterday\r\n\r\n'],
    ['no length', 'Content-Type: x\r\n\r\n{}'],
    ['a length that is no number', 'Content-Length: many\r\n\r\n{}'],
    ['no JSON', 'Content-Length: 3\r\n\r\n{{{'],
  ] as const) {
    it(`gives up an agent that does not speak JSON-RPC: ${name}`, async () => {
      const answer = client.request(LIST, {});
      await peer.asked();
      peer.raw(bytes);
      await assert.rejects(answer, nodeError('agent-protocol', /not JSON-RPC/));
      assert.match(await client.closed, /not JSON-RPC/);
      assert.ok(peer.abandoned);
      await assert.rejects(client.request(LIST, {}), nodeError('agent-protocol'));
    });
  }

  it('answers or rejects whatever value comes as a result', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (result) => {
        const answer = client.request(LIST, {});
        const { id } = await peer.asked();
        peer.send({ id, result });
        await answer.then(({ workloads }) => {
          assert.ok(Array.isArray(workloads));
        }, nodeError('agent-protocol'));
      }),
      { numRuns: 200 },
    );
  });
});
