import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import type { Backend, Family } from '../../../src/core/model';
import { run } from '../redirect/netns';
import { TestAgent, refused, until } from './harness';
import { Pod } from './pod';

const RULES = `*nat
:T_AGENT - [0:0]
-A OUTPUT -p tcp -m comment --comment "mesh-redirect: test" -j T_AGENT
COMMIT
`;
const WORLDS = (['ipv4', 'ipv6'] as const).flatMap((family) =>
  (['nft', 'legacy'] as const).map((backend) => ({ family, backend })),
);
const tool = ({ family, backend }: { family: Family; backend: Backend }, verb: string): string =>
  `${family === 'ipv4' ? 'iptables' : 'ip6tables'}-${backend}-${verb}`;

describe('rules', () => {
  let agent: TestAgent;
  let pod: Pod;
  let workload: string;
  beforeEach(async () => {
    pod = await Pod.make('rules');
    agent = new TestAgent();
    workload = (await agent.workload(pod.name)).id;
  });
  afterEach(async () => {
    await agent.stop();
    await pod.remove();
  });

  const snapshot = () => agent.client.request('snapshot', { workload });
  const restore = (world: { family: Family; backend: Backend }, text: string, waitSeconds = 5) =>
    agent.client.request('iptables/restore', { workload, ...world, text, waitSeconds });

  it('reads nothing of a new namespace, and creates no table by reading', async () => {
    assert.deepEqual((await snapshot()).rulesets, []);
    assert.equal(await pod.legacyTables(), '');
    assert.equal(await pod.run(['nft', 'list', 'tables']), '');
  });

  it('tells who changed rules between two looks, of a namespace that has an id here, and keeps none alive', async () => {
    const link = `tw${process.pid}`;
    // Who changes rules in a namespace without an id is heard of only while that is watched.
    const rule = ['-A', 'OUTPUT', '-p', 'udp', '-j', 'RETURN'];
    await snapshot();
    await pod.run(['iptables-nft', ...rule]);
    assert.deepEqual((await snapshot()).writers, []);
    await run('ip', ['link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', pod.name]);
    for (const tool of ['iptables-nft', 'ip6tables-nft', 'ip6tables-nft']) await pod.run([tool, ...rule]);
    const { writers, taken } = await snapshot();
    assert.deepEqual(
      writers.map(({ process }) => process),
      ['iptables-nft', 'ip6tables-nft', 'ip6tables-nft'],
    );
    for (const { pid, time } of writers) assert.ok(pid > 0 && time <= taken && time > taken - 60_000);
    for (let times = 0; times < 9; times += 1) await pod.run(['iptables-nft', ...rule]);
    assert.equal((await snapshot()).writers.length, 8);
    await pod.remove();
    // The pair goes with the namespace, once nobody holds that.
    await until(() => !existsSync(`/sys/class/net/${link}`) || undefined);
  });

  for (const world of WORLDS) {
    const title = `${world.family} in ${world.backend}`;

    it(`writes and reads ${title}`, async () => {
      await restore(world, RULES);
      const { rulesets } = await snapshot();
      const [ruleset] = rulesets;
      assert.equal(rulesets.length, 1);
      assert.deepEqual({ family: ruleset?.family, backend: ruleset?.backend }, world);
      assert.match(ruleset?.text ?? '', /^\[0:0\] -A OUTPUT .*"mesh-redirect: test" -j T_AGENT$/m);
    });

    it(`writes nothing of a wrong text for ${title}`, async () => {
      const text = RULES.replace('COMMIT', '-A T_AGENT -j NO_SUCH_TARGET\nCOMMIT');
      const { data } = await refused(restore(world, text), 'iptables-failed');
      assert.notEqual(data['exitCode'], 0);
      assert.notEqual(data['stderr'], '');
      assert.ok(!(await pod.run([tool(world, 'save')])).includes('T_AGENT'));
    });
  }

  it('reads all four worlds at once', async () => {
    for (const world of WORLDS) await restore(world, RULES);
    const { rulesets } = await snapshot();
    assert.equal(rulesets.length, 4);
  });

  it('says that the test refused a text which is none', async () => {
    const world = { family: 'ipv4', backend: 'nft' } as const;
    const { data } = await refused(restore(world, 'this is no ruleset\n'), 'iptables-failed');
    assert.equal(data['tested'], false);
    const argv = data['argv'] as string[];
    assert.ok(argv.includes('--test'));
  });

  it('keeps the rules that it does not name', async () => {
    const world = { family: 'ipv4', backend: 'nft' } as const;
    await restore(world, RULES);
    await restore(world, '*nat\n-A T_AGENT -j RETURN\nCOMMIT\n');
    const text = (await snapshot()).rulesets[0]?.text ?? '';
    assert.match(text, /-j T_AGENT/);
    assert.match(text, /-A T_AGENT -j RETURN/);
  });

  it('says who holds the lock of the legacy back-end, after the time to wait', async () => {
    const holder = await pod.holdLock();
    const world = { family: 'ipv4', backend: 'legacy' } as const;
    const { data } = await refused(restore(world, RULES, 1), 'xtables-locked');
    assert.equal(data['waitSeconds'], 1);
    assert.equal((await refused(restore(world, RULES, 0), 'xtables-locked')).data['waitSeconds'], 0);
    assert.ok(
      agent.logs.some(({ level, message }) => level === 'warn' && /holds the xtables lock/.test(message)),
    );
    const { conditions } = await agent.client.request('initialize', { protocol: 1, client: 'test' });
    assert.ok(conditions.xtablesLocked);
    await holder.stop('SIGKILL');
  });

  it('shows comments that are not UTF-8 with a replacement', async () => {
    await pod.run(['sh', '-c', String.raw`iptables-nft -A OUTPUT -m comment --comment "$(printf 'x\377y')"`]);
    assert.match((await snapshot()).rulesets[0]?.text ?? '', /x\uFFFDy/);
  });

  it('refuses wrong params', async () => {
    const right = { workload, family: 'ipv4', backend: 'nft', text: '', waitSeconds: 0 } as const;
    const wrong = [{ family: 'ipx' }, { backend: 'ebtables' }, { text: 7 }, { waitSeconds: -1 }];
    for (const part of wrong) {
      const params = { ...right, ...part } as unknown as typeof right;
      await refused(agent.client.request('iptables/restore', params), 'wrong-params');
    }
  });

  it('lists listeners and addresses of the namespace', async () => {
    await pod.startNode(`import net from 'node:net';
      const listen = (port, host, ipv6Only) => new Promise((done) =>
        net.createServer().listen({ port, host, ipv6Only }, done));
      await listen(8001, '127.0.0.1'); await listen(8002, '::'); await listen(8003, '::', true);
      console.log('ready');`);
    const { listeners, addresses } = await snapshot();
    const found = listeners.sort((a, b) => a.port - b.port);
    assert.deepEqual(found, [
      { family: 'ipv4', address: '127.0.0.1', port: 8001, uid: 0, v6only: false },
      { family: 'ipv6', address: '::', port: 8002, uid: 0, v6only: false },
      { family: 'ipv6', address: '::', port: 8003, uid: 0, v6only: true },
    ]);
    assert.deepEqual(addresses, [
      { interface: 'lo', index: 1, family: 'ipv4', address: '127.0.0.1', prefix: 8 },
      { interface: 'lo', index: 1, family: 'ipv6', address: '::1', prefix: 128 },
    ]);
  });
});
