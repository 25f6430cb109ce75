import assert from 'node:assert/strict';
import { AgentError } from '../../../src/nodes/errors';
import { refused } from './harness';
import { SwitchStage } from './switch-stage';
import { addChain, applyParams, newSwitch, restore, type Apply } from './switching';

describe('a workload that is being switched', () => {
  let stage: SwitchStage;
  let workload: string;
  beforeEach(async () => {
    stage = await SwitchStage.make('held');
    ({ workload } = stage);
  });
  afterEach(async () => {
    await stage.remove();
  });

  const applyBy = (by: SwitchStage['agent'], more: Partial<Apply> = {}) =>
    by.client.request('switch/apply', applyParams(workload, [addChain(workload, 'B')], more));

  it('is held by whoever began, and the second one is told who that is', async () => {
    const id = await stage.arm([addChain(workload, 'A')], { holder: 'bob@desk', title: 'Switch to eBPF' });
    const { data, message } = await refused(applyBy(stage.other), 'workload-held');
    const { started, ...told } = data;
    assert.deepEqual(told, {
      kind: 'workload-held',
      switch: id,
      holder: 'bob@desk',
      title: 'Switch to eBPF',
      state: 'armed',
      kept: true,
    });
    assert.equal(started, (await stage.list())[0]?.started);
    assert.match(message, /bob@desk/);
    // It is not disturbed.
    assert.equal((await stage.list())[0]?.switch, id);
    await stage.cancel(id);
    await stage.agent.switched(id, 'reverted');
    assert.equal(await stage.rules(), stage.before);
  });

  it('is begun by one only, where two begin at once', async () => {
    const outcomes = await Promise.allSettled([applyBy(stage.agent), applyBy(stage.other)]);
    const [refusal, ...more] = outcomes.filter(({ status }) => status === 'rejected');
    assert.deepEqual(more, []);
    assert.ok(refusal?.status === 'rejected' && refusal.reason instanceof AgentError);
    assert.equal(refusal.reason.data.kind, 'workload-held');
    assert.deepEqual(stage.files(), [workload, `${workload}.socket`]);
  });

  it('knows no other switch than that', async () => {
    await stage.arm([addChain(workload, 'A')]);
    await refused(stage.confirm(newSwitch()), 'no-such-switch');
    await refused(stage.cancel(newSwitch()), 'no-such-switch');
    await refused(stage.confirm('no id'), 'wrong-params');
    assert.equal((await stage.list())[0]?.state, 'armed');
  });

  it('has to be recovered first where the one before was cut off', async () => {
    const id = await stage.arm([addChain(workload, 'A')]);
    await stage.killKeeper();
    const { data } = await refused(applyBy(stage.other), 'workload-held');
    assert.deepEqual([data['switch'], data['kept']], [id, false]);
    await stage.recover();
    await applyBy(stage.other);
    await stage.other.switched((await stage.list())[0]?.switch ?? '', 'armed');
    assert.doesNotMatch(await stage.rules(), /-j A$/m);
  });

  it('is let go of by a switch that only waits for older connections', async () => {
    const connection = await stage.connection(15003);
    const steps = [{ title: 'Close', call: restore(workload, ['-A OUTPUT -p tcp -j ACCEPT']) }];
    const closing = { ports: [15003], origins: false, steps };
    const first = await stage.apply([addChain(workload, 'A')], { deadline: 0, drain: 600, closing });
    await stage.agent.switched(first, 'closing');
    assert.equal((await stage.list())[0]?.state, 'closing');
    await refused(stage.cancel(first), 'switch-state');
    await refused(stage.confirm(first), 'switch-state');
    const { switch: second } = applyParams(workload, []);
    await applyBy(stage.other, { switch: second, deadline: 0 });
    assert.equal((await stage.agent.switched(first, 'closed')).remaining, 1);
    await stage.other.switched(second, 'closed');
    const rules = await stage.rules();
    assert.match(rules, /-j A$/m);
    assert.match(rules, /-j B$/m);
    assert.doesNotMatch(rules, /-p tcp -j ACCEPT/);
    await stage.nothingLeft();
    await connection.stop();
  });

  it('is let go of by a switch that was taken back and waits for the connections made meanwhile', async () => {
    const connection = await stage.connection(15003);
    const undoClosing = { ports: [15003], origins: false, steps: [] };
    const first = await stage.arm([addChain(workload, 'A')], { drain: 600, undoClosing });
    await stage.cancel(first);
    await stage.agent.switched(first, 'reverted');
    assert.equal((await stage.list())[0]?.state, 'reverted');
    const { switch: second } = applyParams(workload, []);
    await applyBy(stage.other, { switch: second, deadline: 0 });
    await stage.other.switched(second, 'closed');
    assert.ok(!stage.agent.switches.some(({ state }) => state === 'lost'));
    await stage.nothingLeft();
    await connection.stop();
  });
});
