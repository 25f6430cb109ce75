import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Load } from '../../../playground/load';
import type { Pod } from '../../../playground/pod';
import { SwitchError, switchWorkload, turnOffAcceleration, turnOnAcceleration } from '../../../src/redirect';
import { eventually } from '../agent/harness';
import { pinDirectory } from '../agent/redirect-object';
import { World } from './world';

describe('a switch of a workload that is accelerated', function () {
  this.timeout(120_000);
  let world: World;
  let load: Load;

  before(async () => {
    world = await World.start('acc', { mode: 'none' });
    const { pods, client, server } = world.playground;
    await world.playground.hush();
    for (const pod of pods) {
      await switchWorkload(world.request(pod, 'ebpf'));
      await turnOnAcceleration(world.request(pod, 'ebpf'));
    }
    load = await Load.start(client, server, { persistent: 4, pause: 5, rate: 40 });
    await eventually(() => skips(client));
  });
  after(async () => {
    for (const pod of world.playground.pods) await turnOffAcceleration(world.agent.client, pod.workloadId);
    await world.stop();
  });

  const messages = async (pod: Pod): Promise<number | null> =>
    (await world.observe(pod)).snapshot.acceleration?.messages ?? null;

  /** More messages skip TCP than did. */
  async function skips(pod: Pod): Promise<void> {
    const before = (await messages(pod)) ?? assert.fail('it is off');
    const { ok } = load.totals().requests;
    await load.until(({ requests }) => requests.ok > ok);
    assert.ok(((await messages(pod)) ?? 0) > before, 'nothing skips TCP');
  }

  async function isOff(pod: Pod): Promise<void> {
    assert.equal(await messages(pod), null);
    const { pins } = await world.agent.client.request('residue/list', {});
    assert.deepEqual(
      pins.filter(({ workload }) => workload === pod.workloadId),
      [],
    );
  }

  it('leaves it on where it is taken back', async () => {
    const reconnect = () => Promise.reject(new Error('nobody gets in'));
    const { client } = world.playground;
    await assert.rejects(switchWorkload(world.request(client, 'iptables', { reconnect })), SwitchError);
    await eventually(() => skips(client));
  });

  it('turns it off with the last connection of eBPF mode, and loses none', async () => {
    const { client, server } = world.playground;
    const { remaining } = await switchWorkload(world.request(client, 'iptables'));
    assert.ok(remaining > 0);
    await skips(client);
    const { ok } = load.totals().new;
    await load.until((totals) => totals.new.ok > ok + 20);
    const { failures, errors } = await load.stop();
    assert.deepEqual([failures.all, errors], [0, []]);
    await eventually(() => isOff(client));
    assert.notEqual(await messages(server), null, 'that of the other pod');
    await switchWorkload(world.request(server, 'none'));
    await eventually(() => isOff(server));
    await eventually(async () => {
      assert.ok(!existsSync(join(await pinDirectory('.'), 'acceleration')), 'the maps are there');
    });
  });
});
