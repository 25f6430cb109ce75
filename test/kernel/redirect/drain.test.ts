import assert from 'node:assert/strict';
import { APPLICATION_PORT } from '../../../playground/application';
import { switchWorkload } from '../../../src/redirect';
import { until } from '../agent/harness';
import { Talker } from './talker';
import { World } from './world';

describe('leaving eBPF mode', function () {
  this.timeout(120_000);
  let world: World;
  beforeEach(async () => {
    world = await World.start('drain', { mode: 'none' });
    await switchWorkload(world.request(world.playground.server, 'ebpf'));
    await world.playground.hush();
  });
  afterEach(() => world.stop());

  const isAnswered = async (): Promise<boolean> =>
    (await world.observe(world.playground.server)).verdict.hooks.has('getsockopt');
  const redirectedIn = async (): Promise<number> => {
    const { destinations } = await world.playground.server.sidecar.counters();
    const own = `${world.playground.server.address}:${APPLICATION_PORT}`;
    return destinations
      .filter(({ direction, destination }) => direction === 'inbound' && destination === own)
      .reduce((sum, { connections }) => sum + connections, 0);
  };

  for (const mode of ['iptables', 'none'] as const)
    it(`to ${mode} ends with the last connection of before, and waits for none that was made since`, async () => {
      const before = await Talker.start(world.playground);
      const { remaining } = await switchWorkload(world.request(world.playground.server, mode));
      assert.equal(remaining, 1);
      const since = await Talker.start(world.playground);
      assert.deepEqual(await before.ask(), { answered: true, peer: before.target });
      assert.ok(await isAnswered());
      await before.stop();
      await until(async () => ((await isAnswered()) ? undefined : true));
      assert.deepEqual(await since.ask(), { answered: true, peer: since.target });
      await since.stop();
    });

  it('waits for a connection that is half open', async () => {
    const { client, server } = world.playground;
    // The answer to its first packet gets lost until the rule goes; the server sends it again and again.
    const lost = ['INPUT', '-p', 'tcp', '--sport', String(APPLICATION_PORT), '-j', 'DROP'];
    await client.run(['iptables', '-A', ...lost]);
    const before = await redirectedIn();
    const starting = Talker.start(world.playground);
    await until(async () => {
      const { stdout } = await server.run(['ss', '-tnH', 'state', 'syn-recv']);
      return stdout.trim() === '' ? undefined : true;
    });
    const { remaining } = await switchWorkload(world.request(server, 'none'));
    assert.equal(remaining, 1);
    assert.ok(await isAnswered());
    await client.run(['iptables', '-D', ...lost]);
    const talker = await starting;
    assert.deepEqual(await talker.ask(), { answered: true, peer: talker.target });
    assert.equal((await redirectedIn()) - before, 1);
    await talker.stop();
    await until(async () => ((await isAnswered()) ? undefined : true));
  });
});
