import assert from 'node:assert/strict';
import { Load, type LoadOptions, type LoadTotals } from '../../../playground/load';
import { track } from '../../../playground/track';
import type { Mode } from '../../../src/core/redirect';
import { switchWorkload } from '../../../src/redirect';
import { World } from './world';

/** As much as a busy machine with two cores takes beside all else; how much it is does not matter here. */
const LOAD = {
  persistent: 50,
  lasting: 20,
  lifetime: 15,
  pause: 20,
  rate: 200,
  families: ['ipv4', 'ipv6'],
} as const satisfies LoadOptions;

describe('switching under load', function () {
  this.timeout(240_000);
  let world: World;

  afterEach(() => world.stop());

  const start = (more: LoadOptions = {}): Promise<Load> =>
    Load.start(world.playground.client, world.playground.server, { ...LOAD, ...more });
  const assertWhole = ({ failures, errors }: LoadTotals): void => {
    assert.deepEqual([failures.all, errors], [0, []]);
  };
  /** Both pods, one after the other, while new connections come all the time. */
  const switchBoth = async (load: Load, mode: Mode): Promise<void> => {
    for (const pod of world.playground.pods) {
      await switchWorkload(world.request(pod, mode));
      assert.equal((await world.observe(pod)).verdict.kind, mode);
      const { ok } = load.totals().new;
      await load.until((totals) => totals.new.ok > ok + 100);
    }
  };

  for (const backend of ['nft', 'legacy'] as const)
    for (const tracked of [false, true])
      it(`loses no connection (${backend}, ${tracked ? 'with' : 'without'} connection tracking before)`, async () => {
        world = await World.start('load', { mode: 'none', iptables: backend, ipv6: true });
        const { pods } = world.playground;
        if (tracked) for (const pod of pods) await track(pod, backend);

        let load = await start();
        await switchBoth(load, tracked ? 'iptables' : 'ebpf');
        assertWhole(await load.stop());

        const before = (await load.redirected()).outbound;
        load = await start({ sidecar: true });
        for (let round = 0; round < 3; round += 1)
          for (const mode of ['iptables', 'ebpf'] as const) await switchBoth(load, mode);
        const totals = await load.stop();
        assertWhole(totals);
        assert.equal((await load.redirected()).outbound - before, totals.opened, 'past the client’s sidecar');

        load = await start();
        await switchBoth(load, 'none');
        assertWhole(await load.stop());
        const { failed, lastError } = world.playground.traffic();
        assert.equal(failed, 0, String(lastError));
      });
});
