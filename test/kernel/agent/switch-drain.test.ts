import assert from 'node:assert/strict';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { mapsFromPolicy } from '../../../src/core/ebpf';
import { REDIRECT_HOOKS } from '../../../src/core/model';
import { DEFAULT_POLICY } from '../../../src/core/policy';
import { until } from './harness';
import { loadRedirect, pinDirectory } from './redirect-object';
import { SwitchStage } from './switch-stage';
import { addChain, attachSteps, removeChain, restore } from './switching';

describe('a switch that waits for older connections', () => {
  let stage: SwitchStage;
  let workload: string;
  beforeEach(async () => {
    stage = await SwitchStage.make('drain');
    ({ workload } = stage);
  });
  afterEach(async () => {
    await stage.remove();
  });

  const close = () => ({ title: 'Close', call: restore(workload, ['-A OUTPUT -p tcp -j ACCEPT']) });

  it('closes once they have ended, and tells how many there are', async () => {
    const [one, two] = [await stage.connection(15003), await stage.connection(15001)];
    const loopback = await stage.connection(15002, '127.0.0.1');
    const closing = { ports: [15001, 15002, 15003], origins: false, steps: [close()] };
    const id = await stage.arm([...attachSteps(workload, ['connect4']), addChain(workload, 'A')], {
      drain: 600,
      closing,
    });
    await stage.confirm(id);
    await until(() =>
      stage.agent.switches.find(({ state, remaining }) => state === 'closing' && remaining === 2),
    );
    assert.doesNotMatch(await stage.rules(), /-p tcp -j ACCEPT/);
    // It has nothing loaded while it waits.
    const keeper = await stage.keeper();
    const open = readdirSync(`/proc/${keeper}/fd`).map((fd) => readlinkSync(`/proc/${keeper}/fd/${fd}`));
    assert.deepEqual(
      open.filter((target) => target.includes('bpf')),
      [],
    );
    await one.stop();
    await until(() =>
      stage.agent.switches.find(({ state, remaining }) => state === 'closing' && remaining === 1),
    );
    await two.stop();
    const { remaining, failure } = await stage.agent.switched(id, 'closed');
    assert.deepEqual([remaining, failure], [0, undefined]);
    assert.match(await stage.rules(), /-p tcp -j ACCEPT/);
    await stage.nothingLeft();
    await loopback.stop();
  });

  it('leaves what they need where they last longer than it waits', async () => {
    const connection = await stage.connection(15003);
    const closing = { ports: [15003], origins: false, steps: [close()] };
    const id = await stage.apply([addChain(workload, 'A')], { deadline: 0, drain: 1, closing });
    assert.equal((await stage.agent.switched(id, 'closed')).remaining, 1);
    assert.doesNotMatch(await stage.rules(), /-p tcp -j ACCEPT/);
    await stage.nothingLeft();
    await connection.stop();
  });

  it('counts the connections that the attached programs answer for', async () => {
    const facts = { cookie: workload.slice(1), addresses: [], interfaces: [], podAddress: null };
    const { load } = await loadRedirect(stage.agent, workload, mapsFromPolicy(DEFAULT_POLICY, facts));
    await stage.agent.client.request('bpf/attach', { workload, load, programs: ['connect4', 'getsockopt'] });
    await stage.pod.run(['ip', 'route', 'add', '192.0.2.0/24', 'dev', 'lo']);
    const connection = await stage.pod.startNode(`import net from 'node:net';
      const sidecar = net.createServer().listen(15001, '127.0.0.1');
      await new Promise((done) => sidecar.once('listening', done));
      net.connect(8080, '192.0.2.7').once('connect', () => console.log('ready'));`);
    const hooks = [...REDIRECT_HOOKS];
    const steps = [{ title: 'Detach', call: { verb: 'bpf/detach', params: { workload, hooks } } }];
    const id = await stage.apply([], {
      deadline: 0,
      drain: 600,
      closing: { ports: [], origins: true, steps },
    });
    await until(() =>
      stage.agent.switches.find(({ state, remaining }) => state === 'closing' && remaining === 1),
    );
    assert.ok(existsSync(await pinDirectory(workload)));
    await connection.stop();
    await stage.agent.switched(id, 'closed');
    assert.ok(!existsSync(await pinDirectory(workload)));
    await stage.nothingLeft();
  });

  it('closes after it was taken back, too, for the connections of the time between', async () => {
    const connection = await stage.connection(15003);
    const undoClosing = { ports: [15003], origins: false, steps: [close()] };
    const id = await stage.arm([addChain(workload, 'A')], { drain: 600, undoClosing });
    await stage.cancel(id);
    assert.equal((await stage.agent.switched(id, 'reverted')).reason, 'cancelled');
    assert.equal(await stage.rules(), stage.before);
    await connection.stop();
    await stage.nothingLeft();
    assert.match(await stage.rules(), /-p tcp -j ACCEPT/);
    assert.equal(stage.agent.switches.filter(({ state }) => state === 'reverted').length, 1);
  });

  it('tells what could not be closed, and ends all the same', async () => {
    const { call } = removeChain(workload, 'NEVER_THERE');
    const closing = { ports: [15003], origins: false, steps: [{ title: 'Close', call }] };
    const id = await stage.apply([addChain(workload, 'A')], { deadline: 0, closing });
    const { failure } = await stage.agent.switched(id, 'closed');
    assert.equal(failure?.data.kind, 'iptables-failed');
    assert.match(await stage.rules(), /-j A$/m);
    await stage.nothingLeft();
  });

  it('ends where the workload ends meanwhile', async () => {
    const connection = await stage.connection(15003);
    const closing = { ports: [15003], origins: false, steps: [close()] };
    const steps = attachSteps(workload, ['connect4', 'sk_lookup']);
    const id = await stage.apply(steps, { deadline: 0, drain: 600, closing });
    await stage.agent.switched(id, 'closing');
    // It is not to see the connection closed, and the workload still there.
    const keeper = await stage.keeper();
    process.kill(keeper, 'SIGSTOP');
    await connection.stop();
    await stage.pod.remove();
    process.kill(keeper, 'SIGCONT');
    await stage.agent.switched(id, 'closed');
    assert.ok(!existsSync(await pinDirectory(workload)));
    await stage.nothingLeft();
  });
});
