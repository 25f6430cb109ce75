import assert from 'node:assert/strict';
import { Load } from '../../../playground/load';
import type { Mode } from '../../../src/core/redirect';
import { SwitchError, preparePlan, switchWorkload } from '../../../src/redirect';
import { eventually } from '../agent/harness';
import { World } from './world';

/** What a switch came to. */
type Outcome = 'done' | 'taken back';

describe('a sidecar that dies in the middle of a switch', function () {
  this.timeout(300_000);
  let world: World;
  let load: Load;

  beforeEach(async () => {
    world = await World.start('dies', { mode: 'none', ipv6: true });
    const { client, server } = world.playground;
    load = await Load.start(client, server, { persistent: 10, pause: 20, rate: 100, patience: 2000 });
  });
  afterEach(async () => {
    await load.stop();
    await world.stop();
  });

  /** Everything that redirects the server's pod, once nothing is kept for older connections any more. */
  const settled = async (): Promise<string[]> => {
    const { server } = world.playground;
    let state: string[] = [];
    await eventually(async () => {
      const { verdict, snapshot } = await world.observe(server);
      assert.deepEqual([verdict.draining, verdict.missing], [false, []]);
      const hooks = snapshot.attachments.filter(({ pin }) => pin !== null).map(({ hook }) => hook);
      const rules = [await world.rules(server), await world.rules(server, 'ip6tables-save')];
      state = [verdict.kind, ...hooks.sort(), ...rules];
    });
    return state;
  };
  const to = (mode: Mode) => switchWorkload(world.request(world.playground.server, mode));
  const flows = async (): Promise<void> => {
    const { ok } = load.totals().new;
    await load.until((totals) => totals.new.ok > ok + 50);
    await world.playground.waitForRequests(30);
  };
  const restart = async (): Promise<void> => {
    const { sidecar } = world.playground.server;
    await sidecar.stop();
    await sidecar.start();
  };

  /** Kills the sidecar as a step begins. */
  const dieAt = async (step: number, mode: Mode): Promise<Outcome> => {
    const { server } = world.playground;
    let death: Promise<void> = Promise.resolve();
    const onStep = (_: string, number: number): void => {
      if (number === step) death = server.sidecar.stop();
    };
    const outcome = await switchWorkload(world.request(server, mode, { onStep })).then(
      (): Outcome => 'done',
      (error: unknown): Outcome => {
        assert.ok(error instanceof SwitchError && error.undone === 'undone', String(error));
        return 'taken back';
      },
    );
    await death;
    return outcome;
  };

  for (const [from, mode] of [
    ['iptables', 'ebpf'],
    ['ebpf', 'iptables'],
  ] as const)
    it(`leaves what was before or what is to be, from ${from} to ${mode}, and traffic flows when it is back`, async () => {
      const states = new Map<Outcome, string[]>();
      for (const [outcome, there] of [
        ['done', mode],
        ['taken back', from],
      ] as const) {
        await to(there);
        await restart(); // and with it whatever it had open
        states.set(outcome, await settled());
      }
      await flows();
      const { steps } = await preparePlan(world.request(world.playground.server, mode));
      for (const [index, { title }] of steps.entries()) {
        const outcome = await dieAt(index + 1, mode);
        assert.deepEqual(await settled(), states.get(outcome), `${outcome}; it died at "${title}"`);
        await world.playground.server.sidecar.start();
        await flows();
        if (outcome === 'done') await to(from);
        await restart();
        assert.deepEqual(await settled(), states.get('taken back'));
      }
    });
});
