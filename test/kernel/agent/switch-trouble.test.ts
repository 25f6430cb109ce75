import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { AGENT, TestAgent, refused, until } from './harness';
import { pinDirectory } from './redirect-object';
import { SwitchStage } from './switch-stage';
import { addChain, applyParams, attachSteps, JOURNALS, removeChain } from './switching';

describe('a switch in trouble', () => {
  let stage: SwitchStage;
  let workload: string;
  const make = async (argv?: readonly string[]): Promise<void> => {
    stage = await SwitchStage.make('trouble', argv);
    ({ workload } = stage);
  };
  afterEach(async () => {
    await stage.remove();
  });
  const asBefore = async (): Promise<void> => {
    assert.equal(await stage.rules(), stage.before);
    assert.ok(!existsSync(await pinDirectory(workload)));
    await stage.nothingLeft();
  };

  describe('of a workload that ends', () => {
    beforeEach(async () => {
      await make();
    });

    const nothingOfIt = async (): Promise<void> => {
      await stage.nothingLeft();
      assert.ok(!existsSync(await pinDirectory(workload)));
    };

    it('ends well while it is armed', async () => {
      const id = await stage.arm(
        [addChain(workload, 'A'), ...attachSteps(workload, ['connect4', 'sk_lookup'])],
        {
          deadline: 2,
        },
      );
      await stage.pod.remove();
      assert.equal((await stage.agent.switched(id, 'reverted')).reason, 'deadline');
      await nothingOfIt();
    });

    it('ends well where it is confirmed', async () => {
      const id = await stage.arm(attachSteps(workload, ['connect4', 'sk_lookup']), {
        closing: { ports: [15003], origins: true, steps: [] },
      });
      await stage.pod.remove();
      await stage.confirm(id);
      assert.equal((await stage.agent.switched(id, 'closed')).remaining, 0);
      await nothingOfIt();
    });

    it('is recovered as gone where it was cut off', async () => {
      await stage.arm([addChain(workload, 'A'), ...attachSteps(workload, ['connect4', 'sk_lookup'])]);
      await stage.killKeeper();
      await stage.pod.remove();
      assert.deepEqual(
        (await stage.recover()).map(({ outcome, failure }) => [outcome, failure]),
        [['gone', null]],
      );
      await nothingOfIt();
    });

    it('is refused where it has ended before', async () => {
      await stage.pod.remove();
      await refused(stage.apply([addChain(workload, 'A')]), 'no-such-workload');
      await nothingOfIt();
    });
  });

  describe('where another process holds the xtables lock', () => {
    const legacy = { backend: 'legacy', waitSeconds: 1 } as const;
    beforeEach(async () => {
      await make();
    });

    it('is taken back', async () => {
      const holder = await stage.holdLock();
      const id = await stage.apply([addChain(workload, 'A'), addChain(workload, 'B', legacy)]);
      const { reason, failure } = await stage.agent.switched(id, 'reverted');
      assert.deepEqual([reason, failure?.data.kind], ['failed', 'xtables-locked']);
      await holder.stop('SIGKILL');
      await asBefore();
    });

    it('is taken back once the lock is free again', async () => {
      const id = await stage.arm([addChain(workload, 'A'), addChain(workload, 'B', legacy)]);
      const holder = await stage.holdLock();
      await stage.cancel(id);
      await until(() => stage.agent.logs.find(({ message }) => message.includes('cannot be taken back yet')));
      await holder.stop('SIGKILL');
      await stage.agent.switched(id, 'reverted');
      await asBefore();
    });

    it('keeps its journal where it cannot be taken back, and is recovered later', async () => {
      const id = await stage.arm([
        addChain(workload, 'A'),
        addChain(workload, 'B', legacy),
        addChain(workload, 'C'),
      ]);
      const armed = await stage.rules();
      const holder = await stage.holdLock();
      await stage.cancel(id);
      const { failure, reason } = await stage.agent.switched(id, 'undo-failed');
      assert.deepEqual(
        [reason, failure?.verb, failure?.data.kind],
        ['cancelled', 'iptables/restore', 'xtables-locked'],
      );
      await stage.keeperEnds();
      assert.deepEqual(stage.files(), [workload]);
      const [left] = await stage.list();
      assert.deepEqual([left?.state, left?.kept], ['undo-failed', false]);
      const between = await stage.rules();
      assert.notEqual(between, armed);
      assert.deepEqual(
        (await stage.recover()).map(({ outcome, failure: why }) => [outcome, why?.includes('xtables lock')]),
        [['undo-failed', true]],
      );
      assert.equal(await stage.rules(), between);
      await holder.stop('SIGKILL');
      assert.deepEqual(
        (await stage.recover()).map(({ switch: one, outcome }) => [one, outcome]),
        [[id, 'reverted']],
      );
      assert.deepEqual(await stage.recover(), []);
      await asBefore();
    });
  });

  describe('where /run is full', () => {
    /** An agent that has its journals on a file system of this size. */
    const on = (options: string): string[] => {
      const mount = `mount -t tmpfs -o mode=0700,${options} none ${JOURNALS} && exec "$0"`;
      return ['unshare', '--mount', 'sh', '-c', mount, AGENT];
    };
    const inside = (): string => `/proc/${stage.agent.pid}/root${JOURNALS}`;
    for (const [what, options] of [
      ['the journal', 'size=4k'],
      ['the journal’s name', 'nr_inodes=1'],
      ['the socket', 'nr_inodes=2'],
    ] as const)
      it(`is not begun where there is no room for ${what}`, async () => {
        await make(on(options));
        const steps = [addChain(workload, 'A'), ...attachSteps(workload, ['connect4'])];
        const { data } = await refused(stage.apply(steps), 'system');
        assert.equal(data['errno'], 28);
        assert.deepEqual(readdirSync(inside()), []);
        await asBefore();
      });

    it('is taken back where it became full meanwhile', async () => {
      await make(on('size=1m'));
      const id = await stage.arm([
        addChain(workload, 'A'),
        ...attachSteps(workload, ['connect4']),
        removeChain(workload, 'A'),
      ]);
      const filling = `${inside()}/filling`;
      assert.throws(() => {
        writeFileSync(filling, Buffer.alloc(2 << 20));
      }, /ENOSPC/);
      await stage.cancel(id, stage.agent);
      await stage.agent.switched(id, 'reverted');
      await stage.keeperEnds();
      assert.deepEqual(readdirSync(inside()), ['filling']);
      await asBefore();
    });

    it('is carried out and confirmed where it became full meanwhile', async () => {
      await make(on('size=1m'));
      const holder = await stage.holdLock();
      const late = addChain(workload, 'B', { backend: 'legacy', waitSeconds: 60 });
      const id = await stage.apply([addChain(workload, 'A'), late, addChain(workload, 'C')]);
      await until(() => stage.agent.switches.find(({ title }) => title === 'Add B'));
      assert.throws(() => {
        writeFileSync(`${inside()}/filling`, Buffer.alloc(2 << 20));
      }, /ENOSPC/);
      await holder.stop('SIGKILL');
      await stage.agent.switched(id, 'armed');
      const second = new TestAgent(['nsenter', '--mount', `--target=${stage.agent.pid}`, AGENT]);
      await stage.confirm(id, second);
      await stage.agent.switched(id, 'closed');
      await second.stop();
      assert.match(await stage.rules(), /-j C$/m);
    });
  });

  describe('of its client', () => {
    beforeEach(async () => {
      await make();
    });

    it('goes on where its agent is killed in the middle', async () => {
      const holder = await stage.holdLock();
      const late = addChain(workload, 'B', { backend: 'legacy', waitSeconds: 60 });
      const id = await stage.apply([addChain(workload, 'A'), late, addChain(workload, 'C')], {
        deadline: 60,
      });
      await until(() => stage.agent.switches.find(({ title }) => title === 'Add B'));
      stage.agent.child.kill('SIGKILL');
      await stage.agent.exited;
      await holder.stop('SIGKILL');
      await until(async () => ((await stage.list())[0]?.state === 'armed' ? true : undefined));
      await stage.confirm(id);
      await stage.nothingLeft();
      assert.match(await stage.rules(), /-j C$/m);
    });

    it('is refused with params that are none, and leaves nothing', async () => {
      const right = applyParams(workload, [addChain(workload, 'A')]);
      const [step] = right.steps;
      const call = step?.call ?? assert.fail();
      const withText = (text: string) => ({ ...call, params: { ...call.params, text } });
      const wrong: Record<string, unknown>[] = [
        { switch: 'x' },
        { switch: 'A'.repeat(32) },
        { workload: '../../etc' },
        { holder: 7 },
        { title: null },
        { deadline: -1 },
        { deadline: 1e9 },
        { drain: 'long' },
        { steps: {} },
        { steps: [7] },
        { steps: [{ ...step, undo: null }] },
        { steps: [{ ...step, call: { verb: 'switch/apply', params: right } }] },
        { steps: [{ ...step, call: { verb: 'watch/start', params: {} } }] },
        { steps: [{ ...step, call: { verb: 'iptables/restore' } }] },
        { steps: [{ ...step, call: { ...call, params: { ...call.params, workload: 'c1' } } }] },
        { steps: [{ ...step, undo: [{ ...call, params: { ...call.params, workload: 'c1' } }] }] },
        { steps: [{ ...step, undo: [call, call] }] },
        { steps: [{ ...step, undo: [{ ...call, params: { ...call.params, backend: 'legacy' } }] }] },
        { steps: [{ ...attachSteps(workload, [])[0], undo: [call] }] },
        { steps: [{ ...step, call: withText('*filter\nCOMMIT\n') }] },
        { steps: [{ ...step, call: withText('*nat\nCOMMIT\n*natter\nCOMMIT\n') }] },
        { steps: Array.from({ length: 1001 }, () => step) },
        { closing: 7 },
        { closing: { ports: [0], origins: false, steps: [] } },
        { closing: { ports: [], origins: 1, steps: [] } },
        {
          undoClosing: {
            ports: [],
            origins: false,
            steps: [{ title: 'x', call: { verb: 'x', params: {} } }],
          },
        },
      ];
      for (const part of wrong) {
        const params = { ...right, ...part };
        await refused(stage.agent.client.request('switch/apply', params), 'wrong-params');
      }
      await asBefore();
    });

    it('is refused without root', async () => {
      const argv = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', AGENT];
      const agent = new TestAgent(argv);
      await refused(stage.apply([addChain(workload, 'A')], {}, agent), 'not-permitted');
      await agent.stop();
    });
  });
});
