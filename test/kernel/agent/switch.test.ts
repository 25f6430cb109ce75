import assert from 'node:assert/strict';
import { existsSync, readdirSync, readlinkSync, readFileSync, statSync } from 'node:fs';
import { refused, until } from './harness';
import { pinDirectory, withInvalidInstruction, loadParams } from './redirect-object';
import { SwitchStage } from './switch-stage';
import { addChain, attachSteps, failing, JOURNALS, keepersOf, removeChain, restore } from './switching';
import { sessionOf } from './processes';

describe('a switch', () => {
  let stage: SwitchStage;
  let workload: string;
  beforeEach(async () => {
    stage = await SwitchStage.make('switch');
    ({ workload } = stage);
  });
  afterEach(async () => {
    await stage.remove();
  });

  const states = (id: string) =>
    stage.agent.switches.filter((change) => change.switch === id).map(({ state }) => state);
  const asBefore = async (): Promise<void> => {
    assert.equal(await stage.rules(), stage.before);
    assert.ok(!existsSync(await pinDirectory(workload)));
    await stage.nothingLeft();
  };

  it('is applied, confirmed over another connection, and leaves nothing of itself', async () => {
    const id = await stage.arm([addChain(workload, 'A'), addChain(workload, 'B')]);
    const { mode, uid } = statSync(stage.run.journals);
    assert.deepEqual([mode & 0o7777, uid], [0o700, 0]);
    const [listed] = await stage.list();
    assert.deepEqual(
      { ...listed, started: 0 },
      {
        switch: id,
        workload,
        title: 'Switch to iptables',
        holder: 'alice@laptop',
        state: 'armed',
        started: 0,
        kept: true,
      },
    );
    await stage.confirm(id);
    assert.equal((await stage.agent.switched(id, 'closed')).remaining, 0);
    assert.match(await stage.rules(), /-j A\n.*-j B\n/);
    await stage.nothingLeft();
    assert.deepEqual(
      stage.agent.switches.map(({ state, step, steps, title }) => [state, step, steps, title]),
      [
        ['applying', 1, 2, 'Add A'],
        ['applying', 2, 2, 'Add B'],
        ['armed', undefined, undefined, undefined],
        ['closing', undefined, undefined, undefined],
        ['closed', undefined, undefined, undefined],
      ],
    );
  });

  it('reports every process that its keeper runs', async () => {
    await stage.arm([addChain(workload, 'A')]);
    const ran = stage.agent.logs.filter(({ argv }) => argv?.[0]?.endsWith('/iptables-nft-restore'));
    assert.deepEqual(
      ran.map(({ argv }) => argv?.at(-1)),
      ['--test', '--noflush'],
    );
  });

  it('is not confirmed over the connection that began it', async () => {
    const id = await stage.arm([addChain(workload, 'A')]);
    await refused(stage.confirm(id, stage.agent), 'same-connection');
    assert.equal((await stage.list())[0]?.state, 'armed');
    await stage.confirm(id);
    await stage.agent.switched(id, 'closed');
  });

  it('reverts at the deadline with no client and no agent left', async () => {
    await stage.arm([...attachSteps(workload, ['connect4', 'sk_lookup']), addChain(workload, 'A')], {
      deadline: 1,
    });
    assert.notEqual(await stage.rules(), stage.before);
    stage.agent.child.kill('SIGKILL');
    await stage.agent.exited;
    await stage.keeperEnds();
    await asBefore();
  });

  it('says that the deadline has taken it back, and cannot be confirmed after it', async () => {
    const id = await stage.arm([addChain(workload, 'A')], { deadline: 1 });
    const { reason, failure } = await stage.agent.switched(id, 'reverted');
    assert.deepEqual([reason, failure], ['deadline', undefined]);
    assert.deepEqual(states(id), ['applying', 'armed', 'reverting', 'reverted']);
    await refused(stage.confirm(id), 'no-such-switch');
    await asBefore();
  });

  it('is cancelled while it is armed, and once only', async () => {
    const id = await stage.arm([addChain(workload, 'A'), ...attachSteps(workload, ['connect4'])]);
    await stage.cancel(id);
    assert.equal((await stage.agent.switched(id, 'reverted')).reason, 'cancelled');
    await asBefore();
    await refused(stage.cancel(id), 'no-such-switch');
  });

  it('is cancelled over the connection that began it', async () => {
    const id = await stage.arm([addChain(workload, 'A')]);
    await stage.cancel(id, stage.agent);
    await stage.agent.switched(id, 'reverted');
    await asBefore();
  });

  it('is cancelled at once while it is at a step, which it finishes', async () => {
    const lock = await stage.holdLock();
    const legacy = { backend: 'legacy' } as const;
    const id = await stage.apply([
      addChain(workload, 'A'),
      addChain(workload, 'B', { ...legacy, waitSeconds: 60 }),
      addChain(workload, 'C'),
    ]);
    await until(() => stage.agent.switches.find(({ title }) => title === 'Add B'));
    // What the keeper runs has the journal, and its lock, too.
    await until(() => keepersOf(workload).length === 2 || undefined);
    await refused(stage.confirm(id), 'switch-state');
    await stage.cancel(id);
    assert.equal((await stage.list())[0]?.state, 'applying');
    await lock.stop('SIGKILL');
    await stage.agent.switched(id, 'reverted');
    assert.ok(!stage.agent.switches.some(({ title }) => title === 'Add C'));
    assert.ok(stage.agent.switches.some(({ title }) => title === 'Add B'));
    await asBefore();
  });

  it('is taken back where a step is refused, and tells why', async () => {
    const id = await stage.apply([addChain(workload, 'A'), failing(workload), addChain(workload, 'B')]);
    const { reason, failure } = await stage.agent.switched(id, 'reverted');
    assert.equal(reason, 'failed');
    assert.equal(failure?.verb, 'iptables/restore');
    assert.equal(failure.data.kind, 'iptables-failed');
    assert.ok(states(id).includes('reverting'));
    assert.ok(!states(id).includes('armed'));
    await asBefore();
  });

  it('is taken back where the kernel refuses a program', async () => {
    const load = {
      verb: 'bpf/load',
      params: loadParams(workload, withInvalidInstruction('cgroup/connect6')),
    };
    const id = await stage.apply([
      addChain(workload, 'A'),
      ...attachSteps(workload, ['connect4']),
      { title: 'Load what is wrong', call: load, undo: [] },
    ]);
    const { failure } = await stage.agent.switched(id, 'reverted');
    assert.equal(failure?.data.kind, 'bpf-load-failed');
    assert.equal(failure.data['program'], 'connect6');
    await asBefore();
  });

  it('is taken back where a step refers to what was not loaded', async () => {
    const [, attach] = attachSteps(workload, ['connect4']);
    const id = await stage.apply(attach ? [attach] : []);
    const { failure } = await stage.agent.switched(id, 'reverted');
    assert.equal(failure?.data.kind, 'wrong-params');
    await asBefore();
  });

  it('takes back what removes rules, too', async () => {
    const added = await stage.arm([addChain(workload, 'A'), addChain(workload, 'B', { backend: 'legacy' })]);
    await stage.confirm(added);
    await stage.agent.switched(added, 'closed');
    const between = await stage.rules();
    const id = await stage.arm([
      removeChain(workload, 'A'),
      removeChain(workload, 'B', { backend: 'legacy' }),
    ]);
    assert.equal(await stage.rules(), stage.before);
    await stage.cancel(id);
    await stage.agent.switched(id, 'reverted');
    assert.equal(await stage.rules(), between);
  });

  it('counts as confirmed where it has no deadline, and may have no steps', async () => {
    const steps = [{ title: 'Close', call: restore(workload, ['-A OUTPUT -p tcp -j ACCEPT']) }];
    const id = await stage.apply([], { deadline: 0, closing: { ports: [15003], origins: false, steps } });
    assert.equal((await stage.agent.switched(id, 'closed')).remaining, 0);
    assert.deepEqual(states(id), ['closing', 'closed']);
    assert.match(await stage.rules(), /-A OUTPUT -p tcp -j ACCEPT/);
    await stage.nothingLeft();
  });

  it('has a keeper with nothing of the agent’s but what it needs', async () => {
    const { client } = stage.agent;
    const what = { rulesets: false, attachments: true, maps: [], known: [] };
    await client.request('watch/start', { watch: 'w', workload, interval: 100, ...what });
    await client.request(
      'bpf/load',
      attachSteps(workload, [])[0]?.call.params as ReturnType<typeof loadParams>,
    );
    const id = await stage.arm([addChain(workload, 'A')]);
    const keeper = await stage.keeper();
    const open = readdirSync(`/proc/${keeper}/fd`).map((fd) => readlinkSync(`/proc/${keeper}/fd/${fd}`));
    const kinds = open.map((target) => target.replace(/\[.*\]|:\d+$/, ''));
    assert.deepEqual(kinds.sort(), [
      '/dev/null',
      '/dev/null',
      '/dev/null',
      `${JOURNALS}/${workload}`,
      'anon_inode:',
      'net:',
      'socket:',
      'socket:',
    ]);
    assert.equal(sessionOf(keeper), keeper);
    assert.equal(readFileSync(`/proc/${keeper}/comm`, 'utf8'), 'redirect-keeper\n');
    process.kill(keeper, 'SIGHUP');
    process.kill(keeper, 'SIGINT');
    assert.equal((await stage.list())[0]?.state, 'armed');
    process.kill(keeper, 'SIGTERM');
    assert.equal((await stage.agent.switched(id, 'reverted')).reason, 'cancelled');
    await asBefore();
  });

  it('is lost where its keeper is killed, and told so', async () => {
    const id = await stage.arm([addChain(workload, 'A')]);
    await stage.killKeeper();
    await stage.agent.switched(id, 'lost');
    const [left] = await stage.list();
    assert.deepEqual([left?.state, left?.kept], ['armed', false]);
    await refused(stage.confirm(id), 'no-such-switch');
    assert.deepEqual(
      (await stage.recover()).map(({ switch: one, outcome, failure }) => [one, outcome, failure]),
      [[id, 'reverted', null]],
    );
    await asBefore();
  });
});
