import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Load, type LoadOptions } from '../../../playground/load';
import type { Pod } from '../../../playground/pod';
import type { Acceleration } from '../../../src/core/model';
import type { Finding } from '../../../src/core/residue';
import { NodeError } from '../../../src/nodes';
import { removeResidue, switchWorkload } from '../../../src/redirect';
import { loadAcceleration } from '../../../src/redirect/objects';
import { findAgain } from '../../../src/redirect/residue';
import { buildAgent } from '../../../tools/build-agent.mjs';
import { TestAgent, eventually } from '../agent/harness';
import { pinDirectory } from '../agent/redirect-object';
import { OBJECTS, World } from '../redirect/world';

type Verb = 'start' | 'stop';

/** lo, and the one that leads to the other pod. */
const INTERFACES = 2;

/** To find again what is in a workload, which its removal names. */
const SOME_FINDING: Omit<Finding, 'removal'> = {
  ...{ id: '', kind: 'hooks', whose: '', title: '', details: [], ticked: true },
};

describe('acceleration whose agent is killed', function () {
  this.timeout(300_000);
  let world: World;
  let load: Load;
  let pod: Pod;
  let faulty: string;
  let object: Awaited<ReturnType<typeof loadAcceleration>>;

  before(async () => {
    faulty = await buildAgent({ kind: 'faults' });
    object = await loadAcceleration(OBJECTS);
    world = await World.start('acc-killed', { mode: 'none' });
    pod = world.playground.client;
    await world.playground.hush();
    for (const each of world.playground.pods) await switchWorkload(world.request(each, 'ebpf'));
  });
  after(async () => {
    for (const each of world.playground.pods) await turn(world.agent, 'stop', each);
    await world.stop();
  });

  const under = async (options: LoadOptions, work: () => Promise<void>): Promise<void> => {
    load = await Load.start(world.playground.client, world.playground.server, options);
    try {
      await work();
    } finally {
      const { failures, errors, new: made } = await load.stop();
      assert.ok(made.ok > 0);
      assert.deepEqual([failures.all, errors], [0, []]);
    }
  };

  const turn = async (agent: TestAgent, verb: Verb, { workloadId: workload } = pod): Promise<unknown> =>
    verb === 'stop'
      ? agent.client.request('acceleration/stop', { workload })
      : agent.client.request('acceleration/start', {
          ...{ workload, object: object.base64, sha256: object.sha256 },
        });

  /** Whether the agent was killed at this moment, or came to the end before. */
  async function killed(verb: Verb, moment: number): Promise<boolean> {
    const agent = new TestAgent(['env', `MESH_REDIRECT_KILL_AT=${moment}`, faulty]);
    try {
      await turn(agent, verb);
      return false;
    } catch (error) {
      assert.ok(error instanceof NodeError, String(error));
      return true;
    } finally {
      await agent.stop();
    }
  }

  const acceleration = async (): Promise<Acceleration | null> =>
    (await world.observe(pod)).snapshot.acceleration;

  async function assertOff(when: string): Promise<void> {
    assert.equal(await acceleration(), null, when);
    const { pins } = await world.agent.client.request('residue/list', {});
    const own = pins.find(({ workload }) => workload === pod.workloadId);
    assert.equal(own?.accelerated, false, when);
    assert.ok(!existsSync(join(await pinDirectory('.'), 'acceleration-new')), when);
  }

  async function assertOn(when: string): Promise<void> {
    assert.equal((await acceleration())?.interfaces, INTERFACES, when);
  }

  /** What looks after what was left. */
  const REMEDIES: readonly (readonly [string, (when: string) => Promise<void>])[] = [
    ['turned off', () => turn(world.agent, 'stop').then(() => undefined)],
    [
      'turned on, and off',
      async (when) => {
        await turn(world.agent, 'start');
        await assertOn(when);
        await turn(world.agent, 'stop');
      },
    ],
    [
      'cleaned up',
      async (when) => {
        const request = { connection: { agent: world.agent.client, info: world.info } };
        const stop = { verb: 'acceleration/stop', params: { workload: pod.workloadId } } as const;
        const found = (await findAgain(request, { ...SOME_FINDING, removal: [stop] })).filter(({ removal }) =>
          removal.some((one) => isDeepStrictEqual(one, stop)),
        );
        for (const { outcome } of await removeResidue(request, found)) assert.equal(outcome, 'removed', when);
        if (!(await acceleration())) return;
        // It had come to its end: that is no residue.
        await assertOn(when);
        await turn(world.agent, 'stop');
      },
    ],
  ];

  /** Kills it at each moment of a call; what was left is looked after by one remedy after the other. Gives how many moments there are. */
  async function everyMoment(verb: Verb, remedies = REMEDIES): Promise<number> {
    for (let moment = 1; ; moment += 1) {
      if (verb === 'stop') await turn(world.agent, 'start');
      const cut = await killed(verb, moment);
      const [name, remedy] = remedies[moment % remedies.length] ?? assert.fail('there is no remedy');
      const when = `${verb} was killed at moment ${moment}, and then ${name}`;
      await remedy(when);
      await assertOff(when);
      if (!cut) return moment - 1;
    }
  }

  it('leaves nothing that the next one does not find, and cuts no connection', async () => {
    await under({ rate: 40 }, async () => {
      const moments = { start: await everyMoment('start'), stop: await everyMoment('stop') };
      assert.ok(moments.start > 10 && moments.stop > 5, JSON.stringify(moments));
    });
  });

  it('loses nothing of connections that skip TCP, and lets them do so again', async () => {
    await turn(world.agent, 'start', world.playground.server);
    await under({ persistent: 4, pause: 5, rate: 20 }, async () => {
      const joins = async (): Promise<void> => {
        await turn(world.agent, 'start');
        await eventually(async () => {
          assert.ok(((await acceleration())?.messages ?? 0) > 0, 'nothing skips TCP');
        });
      };
      const byHand = REMEDIES.slice(0, 2);
      for (const verb of ['start', 'stop'] as const) {
        await joins();
        const moments = await everyMoment(verb, byHand);
        assert.ok(moments > 3, `${moments} moments`);
      }
      await joins();
      await turn(world.agent, 'stop');
    });
    await turn(world.agent, 'stop', world.playground.server);
    await eventually(async () => {
      await world.agent.client.request('residue/list', {});
      assert.ok(!existsSync(join(await pinDirectory('.'), 'acceleration')), 'the maps are there');
    });
  });
});
