import assert from 'node:assert/strict';
import type { Backend, TracedConnection } from '../../../src/core/model';
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

const LOOPBACK = [
  ['ipv4', '127.0.0.1'],
  ['ipv6', '::1'],
] as const;

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
    await restore('nft');
  });
  afterEach(async () => {
    await agent.stop();
    await pod.remove();
  });

  const restore = async (backend: Backend, text = RULES) => {
    for (const family of ['ipv4', 'ipv6'] as const)
      await agent.client.request('iptables/restore', { workload, family, backend, text, waitSeconds: 5 });
  };
  const trace = (what: Partial<TracedConnection & { legacy: boolean; trace: string }> = {}, seconds = 60) =>
    agent.client.request('trace/start', { workload, trace: 't', seconds, legacy: false, ...ANY, ...what });
  /** Tries to connect, whoever answers. */
  const connect = (port: number, host = '127.0.0.1') =>
    pod.run([
      process.execPath,
      '-e',
      `require('node:net').connect(${port}, '${host}').on('error', () => undefined)`,
    ]);
  const tables = async () => (await pod.run(['nft', 'list', 'tables'])).trim().split('\n').sort();
  const end = () => until(() => hops.find(({ kind }) => kind === 'end'));

  for (const [family, destination] of LOOPBACK)
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

  it('hears of no packet that another trace has asked for', async () => {
    await trace({ destinationPort: 9001 });
    await trace({ trace: 'other', destinationPort: 22 });
    await connect(9001);
    await connect(22);
    const came = (trace: string) => hops.some((hop) => hop.trace === trace && hop.kind === 'end');
    await until(() => (came('t') && came('other') ? true : undefined));
    const asked = (trace: string) =>
      hops
        .filter((hop) => hop.trace === trace && hop.table === 'nat')
        .map(({ destination }) => destination?.port);
    assert.ok(asked('t').includes(9001) && !asked('t').includes(22));
    assert.ok(asked('other').includes(22) && !asked('other').includes(9001));
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

  describe('of legacy rules', () => {
    const NONE = '*nat\n-F OUTPUT\nCOMMIT\n';
    /** What the kernel says of legacy rules to whom, in the pod, IPv4. */
    const logger = async () => (await pod.run(['cat', '/proc/sys/net/netfilter/nf_log/2'])).trim();
    beforeEach(async () => {
      await restore('nft', NONE);
      await restore('legacy');
    });

    for (const [family, destination] of LOOPBACK)
      it(`tells each rule that one connection meets: ${family}`, async () => {
        assert.deepEqual(await trace({ family, destination, legacy: true }), { untold: null });
        await connect(22, destination);
        await connect(9001, destination);
        const { packet } = await end();
        const met = hops.filter(({ kind, backend }) => kind === 'rule' && backend === 'legacy');
        assert.deepEqual(
          met.map(({ table, chain, rule }) => [table, chain, rule]),
          [
            ['nat', 'OUTPUT', 2],
            ['nat', 'T_TRACE', 2],
          ],
        );
        assert.deepEqual(new Set(hops.map((hop) => hop.packet)), new Set([packet]));
        assert.equal(hops.at(-1)?.kind, 'end', 'it comes out once all is told');
      });

    it('tells of many connections at once which rule is of which', async () => {
      await trace({ destinationPort: null, legacy: true });
      await Promise.all([22, 9001, 9003].map((port) => connect(port)));
      const out = () => hops.filter(({ kind, destination }) => kind === 'end' && destination);
      await until(() => (out().length === 3 ? true : undefined));
      const met = hops.filter(({ chain, kind }) => chain === 'T_TRACE' && kind === 'rule');
      const byPort = met.map(({ rule, packet, destination }) => {
        const others = hops.filter((hop) => hop.packet === packet);
        assert.equal(new Set(others.map(({ source }) => source?.port).filter(Boolean)).size, 1);
        return [destination?.port, rule];
      });
      assert.deepEqual(byPort.sort(), [
        [22, 1],
        [9001, 2],
      ]);
    });

    it('has the kernel tell us only while it traces, and leaves that as it was', async () => {
      const before = await logger();
      assert.notEqual(before, 'nfnetlink_log');
      await trace({ legacy: true });
      assert.equal(await logger(), 'nfnetlink_log');
      await agent.client.request('trace/stop', { trace: 't' });
      assert.equal(await logger(), before);
    });

    it('leaves that as it was when the agent is killed', async () => {
      const before = await logger();
      await trace({ legacy: true });
      agent.child.kill('SIGKILL');
      await agent.exited;
      await until(async () => ((await logger()) === before ? true : undefined));
    });

    it('says that somebody else listens, and traces all else', async () => {
      const other = new TestAgent();
      try {
        await trace({ legacy: true });
        const { untold } = await other.client.request('trace/start', {
          ...{ workload, trace: 'other', seconds: 60, legacy: true, ...ANY },
        });
        assert.match(untold ?? '', /another program listens/);
        await agent.client.request('trace/stop', { trace: 't' });
        let told = false;
        other.client.on('trace/event', ({ kind }) => (told ||= kind === 'end'));
        await connect(9001);
        await until(() => (told ? true : undefined));
      } finally {
        await other.stop();
      }
    });
  });

  it('refuses what would trace everything', async () => {
    const error = await trace({ destination: null, destinationPort: null }).then(
      () => assert.fail('granted'),
      (reason: unknown) => String(reason),
    );
    assert.match(error, /must be named/);
    await refused(
      agent.client.request('trace/start', { workload: 'c1', trace: 't', seconds: 1, legacy: false, ...ANY }),
      'no-such-workload',
    );
  });
});
