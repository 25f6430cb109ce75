import assert from 'node:assert/strict';
import { rmdirSync } from 'node:fs';
import { Cgroup, cgroup2Mount } from '../../../playground/cgroup';
import type { Backend, Family } from '../../../src/core/model';
import type { Params } from '../../../src/nodes/agent/protocol';
import { TestAgent, refused } from './harness';
import { Pod, move } from './pod';
import { loadRedirect, removePins } from './redirect-object';

const RULES = `*nat
:T_AGENT - [0:0]
-A OUTPUT -p tcp -j T_AGENT
-A T_AGENT -p tcp -m tcp --dport 1 -j RETURN
-A T_AGENT -p tcp -m tcp --dport 2 -j RETURN
COMMIT
`;
const [JUMP, FIRST, SECOND] = [
  '-A OUTPUT -p tcp -j T_AGENT',
  '-A T_AGENT -p tcp -m tcp --dport 1 -j RETURN',
  '-A T_AGENT -p tcp -m tcp --dport 2 -j RETURN',
];
const WORLDS = (['ipv4', 'ipv6'] as const).flatMap((family) =>
  (['nft', 'legacy'] as const).map((backend) => ({ family, backend })),
);

describe('workload/verify', () => {
  let agent: TestAgent;
  let pod: Pod;
  let workload: string;
  beforeEach(async () => {
    pod = await Pod.make('verify');
    agent = new TestAgent();
    workload = (await agent.workload(pod.name)).id;
  });
  afterEach(async () => {
    await agent.stop();
    await pod.remove();
    await removePins(workload);
  });

  type Expected = Partial<Params<'workload/verify'>['hooks']>;
  const verify = (rules: Params<'workload/verify'>['rules'], { attached, detached }: Expected = {}) =>
    agent.client.request('workload/verify', {
      workload,
      rules,
      hooks: { attached: attached ?? [], detached: detached ?? [] },
    });
  const differences = async (...args: Parameters<typeof verify>): Promise<unknown> =>
    (await refused(verify(...args), 'not-as-planned')).data['what'];
  const restore = (world: { family: Family; backend: Backend }, text = RULES) =>
    agent.client.request('iptables/restore', { workload, ...world, text, waitSeconds: 5 });

  for (const world of WORLDS) {
    const name = `${world.family} ${world.backend}`;
    const other = WORLDS.filter((one) => one !== world);

    it(`finds the rules of ${name} as planned`, async () => {
      await restore(world);
      const others = other.map((one) => ({ ...one, has: [], lacks: [':T_AGENT', JUMP] }));
      await verify([{ ...world, has: [JUMP, FIRST, SECOND], lacks: ['-A PREROUTING'] }, ...others]);
      await verify([{ ...world, has: [':T_AGENT - [0:0]', SECOND], lacks: [] }]);
    });

    it(`names what is otherwise in ${name}`, async () => {
      await restore(world, RULES.replace('COMMIT', `${FIRST}\nCOMMIT`));
      assert.deepEqual(
        await differences([
          { ...world, has: [SECOND, FIRST, `${JUMP} `, JUMP], lacks: ['-A OUTPUT', '-A INPUT'] },
        ]),
        [
          `${name}: is there more often than planned: ${FIRST}`,
          `${name}: is missing: ${JUMP} `,
          `${name}: is still there: ${JUMP}`,
        ],
      );
      await verify([{ ...world, has: [FIRST, FIRST, JUMP], lacks: [] }]);
      await restore(world, RULES.replace(/^-A OUTPUT.*\n/m, ''));
      assert.deepEqual(await differences([{ ...world, has: [JUMP, SECOND, FIRST], lacks: [] }]), [
        `${name}: is not in its place: ${FIRST}`,
      ]);
    });
  }

  it('finds no lines where there is no table, and creates none', async () => {
    await verify(WORLDS.map((world) => ({ ...world, has: [], lacks: [':T_AGENT', '-'] })));
    const what = await differences(WORLDS.map((world) => ({ ...world, has: [JUMP], lacks: [] })));
    assert.deepEqual(
      what,
      WORLDS.map(({ family, backend }) => `${family} ${backend}: is missing: ${JUMP}`),
    );
    assert.equal(await pod.legacyTables(), '');
    assert.equal(await pod.run(['nft', 'list', 'tables']), '');
  });

  it('creates no nat table where there is another one', async () => {
    await pod.run(['iptables-legacy', '-t', 'filter', '-A', 'INPUT']);
    await pod.run(['iptables-nft', '-t', 'filter', '-A', 'INPUT']);
    await verify(WORLDS.map((world) => ({ ...world, has: [], lacks: ['-A'] })));
    assert.equal(await pod.legacyTables(), 'filter');
    assert.equal((await pod.run(['nft', 'list', 'tables'])).trim(), 'table ip filter');
  });

  it('finds which hooks are attached', async () => {
    const { load } = await loadRedirect(agent, workload);
    await agent.client.request('bpf/attach', { workload, load, programs: ['connect4', 'sk_lookup'] });
    await verify([], { attached: ['connect4', 'sk_lookup'], detached: ['connect6'] });
    assert.deepEqual(await differences([], { attached: ['connect6', 'sk_lookup'], detached: ['connect4'] }), [
      'connect6: no link is pinned',
      'connect4: is still attached',
    ]);
  });

  it('finds that a pinned link leads elsewhere, or nowhere any more', async () => {
    const { load } = await loadRedirect(agent, workload);
    await agent.client.request('bpf/attach', { workload, load, programs: ['connect4', 'sk_lookup'] });
    const outside = new Cgroup(await cgroup2Mount(), `${pod.cgroup.path}-outside`);
    await outside.create();
    try {
      for (const { pid } of (await agent.workload(pod.name)).processes) await move(pid, outside);
      const attached = ['connect4', 'sk_lookup'];
      const astray = ['connect4: the pinned link does not lead to the workload'];
      assert.deepEqual(await differences([], { attached }), astray);
      rmdirSync(pod.cgroup.directory);
      // The kernel lets go of what was attached some time after its cgroup has gone.
      assert.deepEqual(await differences([], { attached }), astray);
    } finally {
      await outside.remove();
    }
  });

  it('refuses wrong params', async () => {
    const rules = { family: 'ipv4', backend: 'nft', has: [], lacks: [] } as const;
    for (const part of [{ family: 'ipx' }, { backend: 7 }, { has: [7] }, { lacks: null }])
      await refused(
        verify([{ ...rules, ...part } as unknown as typeof rules & { has: []; lacks: [] }]),
        'wrong-params',
      );
    await refused(verify([], { attached: ['../../etc'] }), 'wrong-params');
    await refused(
      agent.client.request('workload/verify', {
        workload: 'c0',
        rules: [],
        hooks: { attached: [], detached: [] },
      }),
      'no-such-workload',
    );
  });
});
