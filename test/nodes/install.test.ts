import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { access, chmod, chown, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { sshNode, type Connection } from '../../src/nodes';
import { startSshd, type Sshd } from '../../playground/sshd';
import { NO_QUESTIONS, OwnAgent, Recorder, settingsFor } from './fixture';

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

  async function connect(): Promise<Connection> {
    const node = sshNode(settingsFor(sshd), agent.files);
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
    assert.deepEqual(log.steps(agent), ['survey', 'upload', 'start']);
    assert.deepEqual(
      log.commands.slice(0, 3).map(({ exitCode }) => exitCode),
      [0, 0, null],
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
    assert.deepEqual(log.steps(agent), ['survey', 'start']);
  });

  it('replaces one that was tampered with, and never runs that', async () => {
    await connect();
    await disconnect();
    await writeFile(file(), `#!/bin/sh\necho ran >${TRACE}\n`);
    log = new Recorder();
    await connect();
    assert.deepEqual(log.steps(agent), ['survey', 'upload', 'start']);
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
      assert.deepEqual(log.steps(agent), ['survey', 'upload', 'start']);
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
});
