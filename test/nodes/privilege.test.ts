import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { sshNode, type Connection, type Prompts, type SecretQuestion } from '../../src/nodes';
import { startSshd, type Sshd } from '../../playground/sshd';
import {
  Answer,
  assertNoSecret,
  eventually,
  NO_QUESTIONS,
  nodeError,
  OwnAgent,
  Recorder,
  settingsFor,
} from './fixture';
import { TemporaryUser } from './user';

const PASSWORD = 'swordfish 4711';

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
    assertNoSecret([PASSWORD], log, sshd?.log());
    await sshd?.stop();
    user?.remove();
    await agent.remove();
  });

  async function connectAs(
    shell: string,
    sudo: 'none' | 'free' | 'password',
    prompts: Prompts = NO_QUESTIONS,
  ): Promise<Connection> {
    user = new TemporaryUser('t-mr-nodes', shell);
    user.setPassword(PASSWORD);
    if (sudo !== 'none') user.allowSudo(sudo === 'password');
    sshd = await startSshd({ users: [user.name] });
    return connect(prompts);
  }
  function connect(prompts: Prompts): Promise<Connection> {
    assert.ok(sshd);
    const node = sshNode(settingsFor(sshd), agent.files);
    return node.connect({ prompts, log, signal: new AbortController().signal });
  }
  async function disconnect({ agent: client, ...connection }: Connection): Promise<void> {
    connection.dispose();
    await client.closed;
  }

  /** Arguments and environments of all processes: nobody may read a password there. */
  async function processes(): Promise<string> {
    const pids = (await readdir('/proc')).filter(
      (name) => /^\d+$/.test(name) && Number(name) !== process.pid,
    );
    const files = pids.flatMap((pid) => [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`]);
    // A process may end meanwhile.
    return (await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')))).join('\n');
  }

  it('is refused without sudo rights, in words that help', async () => {
    const answer = new Answer(false, PASSWORD);
    const words = /t-mr-nodes is not root.*not in the sudoers file/s;
    await assert.rejects(connectAs('/bin/sh', 'none', answer), nodeError('no-root', words));
    assert.deepEqual(log.steps(agent), ['survey', 'survey']);
  });

  it('is refused to a user who has no shell', async () => {
    await assert.rejects(connectAs('/usr/sbin/nologin', 'free'), nodeError('no-shell', /not available/));
  });

  it('goes through sudo -n: uploads, runs as root, ends with its stdin', async () => {
    const { info, agent: client, ...connection } = await connectAs('/bin/bash', 'free');
    assert.equal(info.uid, 0);
    assert.deepEqual(log.steps(agent), ['survey', 'upload', 'survey']);
    assert.deepEqual(await agent.processes(), [info.agent.pid]);
    const { file, args } = connection.byHand({ file: 'id', args: ['-un'] });
    assert.equal(args.at(-1), 'sudo id -un');
    assert.equal(execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }), 'root\n');
    const { workloads } = await client.request('workloads/list', {});
    assert.ok(workloads.some(({ host }) => host));
    connection.dispose();
    await client.closed;
    assert.deepEqual(await agent.processes(), []);
  });

  it('tells when an agent behind sudo is killed', async () => {
    const { info, agent: client } = await connectAs('/bin/sh', 'free');
    process.kill(info.agent.pid, 'SIGKILL');
    assert.match(await client.closed, /SIGKILL|137/);
  });

  describe('with the password that sudo asks for', () => {
    it('asks for it once, gives it to sudo alone, and uploads and runs as root', async () => {
      const answer = new Answer(false, PASSWORD, PASSWORD, PASSWORD);
      const connection = await connectAs('/bin/bash', 'password', answer);
      assertNoSecret([PASSWORD], await processes());
      assert.equal(connection.info.uid, 0);
      assert.deepEqual(log.steps(agent), ['survey', 'survey', 'upload', 'survey']);
      assert.deepEqual(await agent.processes(), [connection.info.agent.pid]);
      const { workloads } = await connection.agent.request('workloads/list', {});
      assert.ok(workloads.some(({ host }) => host));
      await disconnect(connection);
      assert.deepEqual(await agent.processes(), []);
      assert.deepEqual(
        new Set(answer.asked.map(({ kind, id, title, again }) => [kind, id, title, again].join())),
        new Set([`sudo,sudo:ssh:${place()},Password of t-mr-nodes for sudo on ${place()},false`]),
      );
      assert.deepEqual(answer.refused, []);
      assert.equal(answer.accepted.length, 3);
    });

    it('asks again where it was wrong', async () => {
      const answer = new Answer(false, 'wrong-1', PASSWORD, PASSWORD, PASSWORD);
      await disconnect(await connectAs('/bin/sh', 'password', answer));
      assert.deepEqual(
        answer.asked.map(({ again }) => again),
        [false, true, false, false],
      );
      assert.deepEqual(answer.refused, ['wrong-1']);
    }).timeout(30_000);

    it('gives up when sudo does, or when the person does', async () => {
      const answer = new Answer(false, 'wrong-1', 'wrong-2', 'wrong-3');
      await assert.rejects(connectAs('/bin/sh', 'password', answer), (error) => {
        assertNoSecret(['wrong-1', 'wrong-2', 'wrong-3'], error, log);
        return nodeError('no-root', /3 incorrect password attempts/)(error);
      });
      assert.deepEqual(answer.refused, ['wrong-1', 'wrong-2', 'wrong-3']);
      await assert.rejects(connect(new Answer(false, undefined)), nodeError('cancelled'));
      await eventually(() => Promise.resolve(sshd?.busy() === false));
    }).timeout(30_000);

    it('stops waiting for the person when the way to the node is lost', async () => {
      let ask: (question: SecretQuestion) => void = () => undefined;
      const asked = new Promise<SecretQuestion>((resolve) => {
        ask = resolve;
      });
      const silent: Prompts = {
        ...NO_QUESTIONS,
        askSecret: (question) => {
          ask(question);
          return new Promise(() => undefined);
        },
      };
      const refused = assert.rejects(
        connectAs('/bin/sh', 'password', silent),
        nodeError('unreachable', /was lost/),
      );
      const { signal } = await asked;
      sshd?.cut();
      await refused;
      assert.ok(signal.aborted);
      await eventually(() => Promise.resolve(user?.hasProcesses() === false));
    });
  });

  const place = (): string => `t-mr-nodes@127.0.0.1:${sshd?.port}`;
});
