import assert from 'node:assert/strict';
import type { Mode } from '../../../src/core/redirect';
import { finishDrain, switchWorkload, type SwitchRequest, type SwitchResult } from '../../../src/redirect';
import { until } from '../agent/harness';
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

  it('keeps what older connections need, and takes it away with them', async () => {
    world = await World.start('switch', { mode: 'iptables' });
    const { client } = world.playground;
    const [switched] = await switchBoth('ebpf');
    assert.ok((switched?.remaining ?? 0) > 0);
    assert.ok((await world.observe(client)).verdict.draining);
    const cut = await switchWorkload(world.request(client, 'ebpf', { cut: true }));
    assert.deepEqual([cut.plan.steps, cut.remaining], [[], 0]);
    const { kind, draining, rules } = (await world.observe(client)).verdict;
    assert.deepEqual([kind, draining, rules], ['ebpf', false, []]);
  });

  it('ends by itself what was kept, once older connections have closed', async () => {
    world = await World.start('switch', { mode: 'iptables' });
    const { client } = world.playground;
    const [switched] = await switchBoth('ebpf', { drainLimit: 0 });
    assert.ok((switched?.remaining ?? 0) > 0);
    const look = world.request(client, 'ebpf');
    assert.ok((await finishDrain(look)) > 0, 'connections that last still need it');
    assert.ok((await world.observe(client)).verdict.draining);
    assert.equal(world.playground.traffic().failed, 0);
    await world.playground.hush();
    await until(async () => ((await finishDrain(look)) === 0 ? true : undefined));
    const { kind, draining, rules } = (await world.observe(client)).verdict;
    assert.deepEqual([kind, draining, rules], ['ebpf', false, []]);
  });
});
