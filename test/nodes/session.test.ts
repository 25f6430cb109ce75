import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { localNode, sshNode, type Connection, type Node } from '../../src/nodes';
import { startSshd, type Sshd } from '../../playground/sshd';
import { eventually, NO_QUESTIONS, nodeError, OwnAgent, Recorder, settingsFor } from './fixture';

describe('a session with an agent', () => {
  let sshd: Sshd;
  let agent: OwnAgent;
  let log: Recorder;
  const open: Connection[] = [];
  before(async () => {
    sshd = await startSshd();
    agent = await OwnAgent.create();
  });
  after(async () => {
    await agent.remove();
    await sshd.stop();
  });
  beforeEach(() => {
    log = new Recorder();
  });
  afterEach(async () => {
    for (const connection of open.splice(0)) {
      connection.dispose();
      await connection.agent.closed;
    }
    await eventually(async () => (await agent.processes()).length === 0);
  });

  async function connect(node: Node): Promise<Connection> {
    const options = { prompts: NO_QUESTIONS, log, signal: new AbortController().signal };
    const connection = await node.connect(options);
    open.push(connection);
    return connection;
  }
  const over = {
    ssh: () => sshNode(settingsFor(sshd), agent.files),
    local: () => localNode(agent.files),
  };

  for (const kind of ['ssh', 'local'] as const) {
    it(`is one process, and ends with the connection (${kind})`, async () => {
      const first = await connect(over[kind]());
      assert.deepEqual(await agent.processes(), [first.info.agent.pid]);
      await first.agent.request('workloads/list', {});
      await first.agent.request('workloads/list', {});
      assert.deepEqual(await agent.processes(), [first.info.agent.pid]);
      const second = await connect(over[kind]());
      assert.equal((await agent.processes()).length, 2);
      second.dispose();
      assert.equal(await second.agent.closed, 'the connection was closed');
      assert.deepEqual(await agent.processes(), [first.info.agent.pid]);
      await first.agent.request('workloads/list', {});
    });

    it(`tells when the agent is killed, and a new one can be had (${kind})`, async () => {
      const { info, agent: client } = await connect(over[kind]());
      process.kill(info.agent.pid, 'SIGSTOP');
      const pending = client.request('workloads/list', {});
      process.kill(info.agent.pid, 'SIGKILL');
      await assert.rejects(pending, nodeError('agent-ended', /SIGKILL/));
      assert.match(await client.closed, /^killed by SIGKILL/);
      await assert.rejects(client.request('workloads/list', {}), nodeError('agent-ended'));
      const again = await connect(over[kind]());
      await again.agent.request('workloads/list', {});
    });

    it(`passes on the agent's errors by their kind (${kind})`, async () => {
      const { agent: client } = await connect(over[kind]());
      await assert.rejects(client.request('snapshot', { workload: 'c999999999999' }), {
        name: 'AgentError',
        verb: 'snapshot',
        data: { kind: 'no-such-workload', workload: 'c999999999999' },
      });
    });

    it(`says how a person does the same by hand (${kind})`, async () => {
      const connection = await connect(over[kind]());
      const words = `it's "$HOME"; 'two' words`;
      const { file, args } = connection.byHand({ file: 'sh', args: ['-c', 'printf %s "$1"', 'sh', words] });
      assert.equal(execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }), words);
    });

    it(`logs what the agent runs on the node (${kind})`, async () => {
      const { agent: client } = await connect(over[kind]());
      const { workloads } = await client.request('workloads/list', {});
      const host = workloads.find((workload) => workload.host);
      await client.request('snapshot', { workload: host?.id ?? '' });
      const tools = log.commands.filter(({ argv }) => /tables.*save/.test(argv[0] ?? ''));
      assert.ok(tools.length > 0);
    });
  }

  it('tells when the way to the node is cut, and the agent ends by itself', async () => {
    const { info, agent: client } = await connect(over.ssh());
    process.kill(info.agent.pid, 'SIGSTOP');
    const pending = client.request('workloads/list', {});
    sshd.cut();
    await assert.rejects(pending, nodeError('agent-ended', /connection to 127\.0\.0\.1:\d+ was lost/));
    assert.match(await client.closed, /was lost/);
    process.kill(info.agent.pid, 'SIGCONT');
    await eventually(async () => (await agent.processes()).length === 0);
  });

  it('leaves no session on the node behind it', async () => {
    const connection = await connect(over.ssh());
    connection.dispose();
    await connection.agent.closed;
    await eventually(() => Promise.resolve(!sshd.busy()));
  });
});
