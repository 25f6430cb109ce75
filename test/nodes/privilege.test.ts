import assert from 'node:assert/strict';
import { sshNode, type Connection } from '../../src/nodes';
import { startSshd, type Sshd } from '../../playground/sshd';
import { NO_QUESTIONS, nodeError, OwnAgent, Recorder, settingsFor } from './fixture';
import { TemporaryUser } from './user';

describe('becoming root on a node', () => {
  let agent: OwnAgent;
  let log: Recorder;
  let user: TemporaryUser | undefined;
  let sshd: Sshd | undefined;
  beforeEach(async () => {
    agent = await OwnAgent.create();
    log = new Recorder();
  });
  afterEach(async () => {
    await sshd?.stop();
    user?.remove();
    await agent.remove();
  });

  async function connectAs(shell: string, sudo: boolean): Promise<Connection> {
    user = new TemporaryUser('t-mr-nodes', shell);
    if (sudo) user.allowSudo();
    sshd = await startSshd({ users: [user.name] });
    const node = sshNode(settingsFor(sshd), agent.files);
    return node.connect({ prompts: NO_QUESTIONS, log, signal: new AbortController().signal });
  }

  it('is refused without sudo rights, in words that help', async () => {
    await assert.rejects(connectAs('/bin/sh', false), nodeError('no-root', /t-mr-nodes is not root.*sudo/s));
    assert.deepEqual(log.steps(agent), ['survey']);
  });

  it('is refused to a user who has no shell', async () => {
    await assert.rejects(connectAs('/usr/sbin/nologin', true), nodeError('no-shell', /not available/));
  });

  it('goes through sudo -n: uploads, runs as root, ends with its stdin', async () => {
    const { info, agent: client, ...connection } = await connectAs('/bin/bash', true);
    assert.equal(info.uid, 0);
    assert.deepEqual(log.steps(agent), ['survey', 'upload', 'start']);
    assert.deepEqual(await agent.processes(), [info.agent.pid]);
    const { workloads } = await client.request('workloads/list', {});
    assert.ok(workloads.some(({ host }) => host));
    connection.dispose();
    await client.closed;
    assert.deepEqual(await agent.processes(), []);
  });

  it('tells when an agent behind sudo is killed', async () => {
    const { info, agent: client } = await connectAs('/bin/sh', true);
    process.kill(info.agent.pid, 'SIGKILL');
    assert.match(await client.closed, /SIGKILL|137/);
  });
});
