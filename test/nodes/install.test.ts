import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { access, chmod, chown, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { sshNode, type Connection, type SshSettings } from '../../src/nodes';
import { startSshd, type Sshd } from '../../playground/sshd';
import { eventually, NO_QUESTIONS, nodeError, OwnAgent, Recorder, settingsFor } from './fixture';

const DIRECTORY = '/var/lib/mesh-redirect';
const TRACE = '/run/mesh-redirect-test-trace';

describe('putting the agent on a node over ssh', () => {
  let sshd: Sshd;
  let agent: OwnAgent;
  let log: Recorder;
  let connection: Connection | undefined;
  before(async () => {
    sshd = await startSshd();
  });
  after(() => sshd.stop());
  beforeEach(async () => {
    agent = await OwnAgent.create();
    log = new Recorder();
  });
  afterEach(async () => {
    await disconnect();
    await agent.remove();
    await rm(TRACE, { force: true });
  });

  async function connect(more: Partial<SshSettings> = {}): Promise<Connection> {
    const node = sshNode(settingsFor(sshd, more), agent.files);
    connection = await node.connect({ prompts: NO_QUESTIONS, log, signal: new AbortController().signal });
    return connection;
  }
  async function disconnect(): Promise<void> {
    connection?.dispose();
    await connection?.agent.closed;
    connection = undefined;
  }
  const file = (): string => path.join(DIRECTORY, agent.name);
  async function sha256(): Promise<string> {
    return createHash('sha256')
      .update(await readFile(file()))
      .digest('hex');
  }

  it('uploads it once, for root alone, and answers', async () => {
    const { info, agent: client } = await connect();
    assert.equal(info.uid, 0);
    assert.equal(info.arch, 'x86_64');
    const { workloads } = await client.request('workloads/list', {});
    assert.equal(workloads.filter(({ host }) => host).length, 1);
    assert.deepEqual(log.steps(agent), ['survey', 'upload', 'survey']);
    assert.deepEqual(
      log.commands.slice(0, 3).map(({ exitCode }) => exitCode),
      [null, 0, null],
    );

    const { mode, uid } = await stat(file());
    assert.equal(mode & 0o7777, 0o700);
    assert.equal(uid, 0);
    assert.equal(await sha256(), agent.sha256);
    const directory = await stat(DIRECTORY);
    assert.equal(directory.uid, 0);
    assert.equal(directory.mode & 0o022, 0);
  });

  it('uploads nothing when it is there', async () => {
    await connect();
    await disconnect();
    log = new Recorder();
    await connect();
    assert.deepEqual(log.steps(agent), ['survey']);
  });

  it('replaces one that was tampered with, and never runs that', async () => {
    await connect();
    await disconnect();
    await writeFile(file(), `#!/bin/sh\necho ran >${TRACE}\n`);
    log = new Recorder();
    await connect();
    assert.deepEqual(log.steps(agent), ['survey', 'upload', 'survey']);
    assert.ok(log.messages.some(({ level, text }) => level === 'warn' && text.includes(file())));
    assert.equal(await sha256(), agent.sha256);
    await assert.rejects(access(TRACE));
  });

  for (const [name, spoil] of [
    ['others can write to', (): Promise<void> => chmod(file(), 0o777)],
    ['another user owns', (): Promise<void> => chown(file(), 65534, 0)],
    [
      'is a link',
      async (): Promise<void> => {
        await rm(file());
        await symlink('/bin/true', file());
      },
    ],
  ] as const) {
    it(`replaces one that ${name}`, async () => {
      await connect();
      await disconnect();
      await spoil();
      log = new Recorder();
      await connect();
      assert.deepEqual(log.steps(agent), ['survey', 'upload', 'survey']);
      const { mode, uid } = await stat(file());
      assert.deepEqual([mode & 0o7777, uid], [0o700, 0]);
    });
  }

  it('leaves another version alone, and nothing half done', async () => {
    const other = await OwnAgent.create();
    try {
      await connect();
      await disconnect();
      const node = sshNode(settingsFor(sshd), other.files);
      connection = await node.connect({ prompts: NO_QUESTIONS, log, signal: new AbortController().signal });
      assert.equal(await sha256(), agent.sha256);
      assert.deepEqual(
        (await readdir(DIRECTORY)).filter((name) => name.startsWith('.')),
        [],
      );
    } finally {
      await other.remove();
    }
  });

  it('works where there is no sftp', async () => {
    // The sshd of these tests has no Subsystem line at all; one that refuses it ends the same way.
    const { info } = await connect();
    assert.equal(info.uid, 0);
  });

  describe('to be taken off again', () => {
    /** The file is, and the directory unless there are others in it. */
    const gone = (): Promise<void> =>
      eventually(async () => {
        const left = await readdir(DIRECTORY).catch((): (string | null)[] => [null]);
        return left.length > 0 && !left.includes(agent.name);
      });

    it('goes when it is disconnected', async () => {
      await connect({ removeAgent: true });
      await access(file());
      await disconnect();
      await gone();
      await eventually(async () => (await agent.processes()).length === 0);
    });

    it('goes when the way to the node is lost, too', async () => {
      const { agent: client } = await connect({ removeAgent: true });
      sshd.cut();
      assert.match(await client.closed, /was lost/);
      assert.ok(client.lost);
      await gone();
    });

    it('goes when it is killed, and how it ended is told all the same', async () => {
      const { agent: client, info } = await connect({ removeAgent: true });
      process.kill(info.agent.pid, 'SIGKILL');
      assert.match(await client.closed, /exit code 137/);
      assert.ok(!client.lost);
      await gone();
    });
  });

  it('changes nothing on a node that is read-only, and says why', async () => {
    const { agent: client, readOnly } = await connect({ readOnly: true });
    assert.ok(readOnly);
    const { workloads } = await client.request('workloads/list', {});
    const workload = workloads.find(({ host }) => host)?.id ?? '';
    await client.request('snapshot', { workload });
    const words = /root@127\.0\.0\.1:\d+ is set to read-only.*"iptables\/restore"/;
    const text = '*nat\nCOMMIT\n';
    const change = { workload, family: 'ipv4', backend: 'nft', text, waitSeconds: 1 } as const;
    await assert.rejects(client.request('iptables/restore', change), nodeError('read-only', words));
    const ran = log.commands.map(({ argv }) => argv.join(' '));
    assert.ok(!ran.some((command) => /restore/.test(command)), ran.join('\n'));
  });
});
