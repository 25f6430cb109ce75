import assert from 'node:assert/strict';
import type { TracedConnection } from '../../../src/core/model';
import type { TraceHop } from '../../../src/nodes/agent/protocol';
import { TestAgent, refused, until } from './harness';
import { Pod } from './pod';

const RULES = `*nat
:T_TRACE - [0:0]
-A OUTPUT -p udp -j ACCEPT
-A OUTPUT -p tcp -j T_TRACE
-A T_TRACE -p tcp -m tcp --dport 22 -j RETURN
-A T_TRACE -p tcp -m tcp --dport 9001 -j REDIRECT --to-ports 9002
COMMIT
`;

const ANY: TracedConnection = {
  ...{ direction: 'outbound', family: 'ipv4', source: null, sourcePort: null },
  ...{ destination: '127.0.0.1', destinationPort: 9001, uid: null },
};

describe('trace', () => {
  let agent: TestAgent;
  let pod: Pod;
  let workload: string;
  let hops: TraceHop[];
  beforeEach(async () => {
    pod = await Pod.make('trace');
    agent = new TestAgent();
    workload = (await agent.workload(pod.name)).id;
    hops = [];
    agent.client.on('trace/event', (hop) => hops.push(hop));
    for (const family of ['ipv4', 'ipv6'] as const)
      await agent.client.request('iptables/restore', {
        ...{ workload, family, backend: 'nft', text: RULES, waitSeconds: 5 },
      });
  });
  afterEach(async () => {
    await agent.stop();
    await pod.remove();
  });

  const trace = (what: Partial<TracedConnection> = {}, seconds = 60) =>
    agent.client.request('trace/start', { workload, trace: 't', seconds, ...ANY, ...what });
  /** Tries to connect, whoever answers. */
  const connect = (port: number, host = '127.0.0.1') =>
    pod.run([
      process.execPath,
      '-e',
      `require('node:net').connect(${port}, '${host}').on('error', () => undefined)`,
    ]);
  const tables = async () => (await pod.run(['nft', 'list', 'tables'])).trim().split('\n').sort();
  const end = () => until(() => hops.find(({ kind }) => kind === 'end'));

  for (const [family, destination] of [
    ['ipv4', '127.0.0.1'],
    ['ipv6', '::1'],
  ] as const)
    it(`tells each rule that one connection meets, and where it comes out: ${family}`, async () => {
      await trace({ family, destination });
      await connect(22, destination);
      await connect(9001, destination);
      const { destination: reached } = await end();
      assert.deepEqual(reached, { address: destination, port: 9002 });
      const met = hops
        .filter(({ kind, table }) => kind === 'rule' && table === 'nat')
        .map(({ chain, rule, verdict, to }) => [chain, rule, verdict, to]);
      assert.deepEqual(met, [
        ['OUTPUT', 2, 'jump', 'T_TRACE'],
        ['T_TRACE', 2, 'accept', null],
      ]);
      const first = hops.find(({ table }) => table === 'nat');
      assert.equal(first?.destination?.port, 9001);
      assert.equal(new Set(hops.map(({ packet }) => packet)).size, 1, 'the other connection is not traced');
    });

  it('traces only the connections of one user', async () => {
    await trace({ uid: 4711 });
    await connect(9001);
    await trace({ uid: 0 });
    await connect(9001);
    await end();
    assert.equal(new Set(hops.map(({ packet }) => packet)).size, 1);
  });

  it('changes no rule, and leaves nothing when it is stopped', async () => {
    const rules = async () => (await agent.client.request('snapshot', { workload })).rulesets;
    const [before, tablesBefore] = [await rules(), await tables()];
    await trace();
    assert.equal((await tables()).length, tablesBefore.length + 1);
    const structure = (all: Awaited<ReturnType<typeof rules>>) =>
      all.map(({ text, ...key }) => ({ ...key, text: text.replace(/^#.*$/gm, '') }));
    assert.deepEqual(structure(await rules()), structure(before));
    await agent.client.request('trace/stop', { trace: 't' });
    await until(async () => ((await tables()).length === tablesBefore.length ? true : undefined));
  });

  it('leaves nothing when its time is over, and says so', async () => {
    const before = await tables();
    const ended = new Promise((resolve) => agent.client.on('trace/ended', resolve));
    await trace({}, 1);
    assert.deepEqual(await ended, { trace: 't', reason: 'time' });
    await until(async () => ((await tables()).length === before.length ? true : undefined));
  });

  it('leaves nothing when the agent is killed', async () => {
    const before = await tables();
    await trace();
    assert.equal((await tables()).length, before.length + 1);
    agent.child.kill('SIGKILL');
    await agent.exited;
    await until(async () => ((await tables()).length === before.length ? true : undefined));
    assert.deepEqual(await tables(), before);
  });

  it('refuses what would trace everything', async () => {
    const error = await trace({ destination: null, destinationPort: null }).then(
      () => assert.fail('granted'),
      (reason: unknown) => String(reason),
    );
    assert.match(error, /must be named/);
    await refused(
      agent.client.request('trace/start', { workload: 'c1', trace: 't', seconds: 1, ...ANY }),
      'no-such-workload',
    );
  });
});
