import assert from 'node:assert/strict';
import type { Mode } from '../../../src/core/redirect';
import { finishDrain, switchWorkload, type SwitchRequest, type SwitchResult } from '../../../src/redirect';
import { parsePolicy } from '../../../src/core/policy';
import { until } from '../agent/harness';
import { Talker } from './talker';
import { World } from './world';

describe('switching under traffic', function () {
  this.timeout(120_000);
  let world: World;

  afterEach(() => world.stop());

  /** Both pods; requests go on, and none fails. */
  const switchBoth = async (mode: Mode, more: Partial<SwitchRequest> = {}): Promise<SwitchResult[]> => {
    const { playground } = world;
    const results: SwitchResult[] = [];
    for (const pod of playground.pods) {
      results.push(await switchWorkload(world.request(pod, mode, more)));
      await playground.waitForRequests(30);
    }
    const { failed, lastError } = playground.traffic();
    assert.equal(failed, 0, `after the switch to ${mode}: ${String(lastError)}`);
    for (const pod of playground.pods) assert.equal((await world.observe(pod)).verdict.kind, mode);
    return results;
  };

  /** Whether new connections pass the sidecars. */
  const redirected = async (): Promise<boolean[]> => {
    const count = async (): Promise<number[]> => {
      const [client, server] = await Promise.all(world.playground.pods.map((pod) => pod.sidecar.counters()));
      return [client?.outbound.connections ?? 0, server?.inbound.connections ?? 0];
    };
    const before = await count();
    await world.playground.waitForRequests(30);
    const after = await count();
    return after.map((connections, index) => connections > (before[index] ?? 0));
  };

  for (const backend of ['nft', 'legacy'] as const) {
    it(`leads from FSM’s rules (${backend}) through every mode, and no request fails`, async () => {
      world = await World.start('switch', { mode: 'iptables', backend, ipv6: true });
      const order: Mode[] = ['ebpf', 'iptables', 'ebpf', 'none', 'iptables', 'none', 'ebpf', 'none'];
      for (const mode of order) {
        await switchBoth(mode);
        assert.deepEqual(await redirected(), [mode !== 'none', mode !== 'none'], mode);
      }
    });
  }

  it('keeps what older connections need, and takes it away with them, with nobody connected', async () => {
    world = await World.start('switch', { mode: 'iptables' });
    const { client } = world.playground;
    const [switched] = await switchBoth('ebpf');
    assert.ok((switched?.remaining ?? 0) > 0);
    assert.ok((await world.observe(client)).verdict.draining);
    await world.agent.stop();
    await world.playground.hush();
    await until(async () => (/FSM_PROXY/.test(await world.rules(client)) ? undefined : true));
  });

  it('ends what was kept also where the node waits no longer, once older connections have closed', async () => {
    world = await World.start('switch', { mode: 'iptables' });
    const { client } = world.playground;
    const [switched] = await switchBoth('ebpf', { drain: 0 });
    assert.ok((switched?.remaining ?? 0) > 0);
    const look = world.request(client, 'ebpf');
    assert.ok(
      (await until(async () => (await finishDrain(look)) ?? undefined)) > 0,
      'connections still need it',
    );
    assert.ok((await world.observe(client)).verdict.draining);
    assert.equal(world.playground.traffic().failed, 0);
    await world.playground.hush();
    await until(async () => ((await finishDrain(look)) === 0 ? true : undefined));
    const { kind, draining, rules } = (await world.observe(client)).verdict;
    assert.deepEqual([kind, draining, rules], ['ebpf', false, []]);
  });

  it('answers for the connections of every mode that was left, however often it changes', async () => {
    world = await World.start('switch', { mode: 'none', ipv6: true });
    const { client } = world.playground;
    await switchBoth('ebpf');
    const talker = await Talker.start(world.playground);
    for (const mode of ['iptables', 'ebpf', 'iptables', 'ebpf', 'none', 'ebpf'] as const) {
      await switchBoth(mode);
      assert.deepEqual(await talker.ask(), { answered: true, peer: talker.target }, mode);
    }
    await talker.stop();
    assert.equal((await world.observe(client)).verdict.kind, 'ebpf');
  });

  it('comes back to what was before, FSM’s own rules, and to eBPF mode as it was', async () => {
    world = await World.start('switch', { mode: 'iptables' });
    const { client } = world.playground;
    const before = await world.rules(client);
    const first = await switchWorkload(world.request(client, 'ebpf'));
    await world.playground.waitForRequests(20);
    await switchWorkload(world.request(client, first.plan.before));
    await world.playground.waitForRequests(20);
    const after = await world.rules(client);
    const older = /^-A FSM_PROXY_(IN|OUT)BOUND .*older connections.*\n/gm;
    assert.equal(after.replace(older, ''), before);
    assert.equal([...after.matchAll(older)].length, 2);
    assert.equal((await world.observe(client)).verdict.kind, 'iptables');
    const policy = parsePolicy({ outboundPortExclusions: [9000] }).policy ?? assert.fail();
    await switchWorkload(world.request(client, 'ebpf', { policy }));
    const held = await world.maps(client);
    const left = await switchWorkload(world.request(client, 'iptables', { policy }));
    await switchWorkload(world.request(client, left.plan.before));
    assert.deepEqual(await world.maps(client), held);
    await world.playground.waitForRequests(20);
    assert.equal(world.playground.traffic().failed, 0, String(world.playground.traffic().lastError));
  });
});
