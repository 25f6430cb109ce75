import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { access, copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sshNode, type Connection, type KeptConnection, type SshSettings } from '../../src/nodes';
import { keepConnected } from '../../src/nodes/keep';
import type { WatchChanged } from '../../src/nodes/agent/protocol';
import { startSshd, type Sshd } from '../../playground/sshd';
import { eventually, NO_QUESTIONS, nodeError, OwnAgent, Recorder, settingsFor } from './fixture';
import { Row } from './network';

const DIRECTORY = '/var/lib/mesh-redirect';
const PREFIX = 't-lost';
const SOON = { first: 50, most: 200, attempts: 100 };

describe('a connection that is lost', () => {
  let row: Row;
  let sshd: Sshd;
  let agent: OwnAgent;
  let log: Recorder;
  let kept: KeptConnection | undefined;
  let directory: string;
  before(async () => {
    row = new Row(PREFIX, 30, 1);
    sshd = await startSshd({ netns: row.netns(1), address: row.address(1), port: 22 });
  });
  after(async () => {
    await sshd.stop();
    row.remove();
  });
  beforeEach(async () => {
    agent = await OwnAgent.create();
    log = new Recorder();
    directory = await mkdtemp(path.join(tmpdir(), 'mesh-redirect-lost-'));
  });
  afterEach(async () => {
    kept?.dispose();
    await kept?.agent.closed;
    kept = undefined;
    await eventually(async () => (await agent.processes()).length === 0);
    await agent.remove();
    await rm(directory, { recursive: true });
  });

  const options = (): Parameters<ReturnType<typeof sshNode>['connect']>[0] => ({
    prompts: NO_QUESTIONS,
    log,
    signal: new AbortController().signal,
  });
  const node = (more: Partial<SshSettings> = {}): ReturnType<typeof sshNode> =>
    sshNode(settingsFor(sshd, more), agent.files);
  async function keep(more: Partial<SshSettings> = {}): Promise<KeptConnection> {
    kept = await keepConnected(node(more), options(), { backOff: SOON });
    return kept;
  }
  const uploads = async (): Promise<string[]> =>
    (await readdir(DIRECTORY)).filter((name) => name.startsWith('.upload-'));

  /** Begins to connect over a link that is slow enough for something to happen in the middle of the upload. */
  async function inTheMiddleOfTheUpload(
    happens: (connecting: Promise<unknown>) => Promise<void>,
    signal?: AbortSignal,
  ): Promise<void> {
    execFileSync('tc', 'qdisc add dev t-lost-n1 root tbf rate 2mbit burst 32kbit latency 400ms'.split(' '));
    try {
      const connecting = node().connect({ ...options(), ...(signal ? { signal } : {}) });
      // Awaited by `happens`, once it has.
      connecting.catch(() => undefined);
      await eventually(async () => (await uploads()).length > 0);
      await happens(connecting);
    } finally {
      execFileSync('tc', 'qdisc del dev t-lost-n1 root'.split(' '));
    }
    await eventually(async () => (await uploads()).length === 0);
    await assert.rejects(access(path.join(DIRECTORY, agent.name)), { code: 'ENOENT' });
  }

  it('during the upload: is told, leaves nothing half done, and the next one works', async () => {
    await inTheMiddleOfTheUpload(async (connecting) => {
      sshd.cut();
      await assert.rejects(connecting, nodeError('unreachable', /connection to 10\.213\.30\.2 was lost/));
    });
    const connection = await node().connect(options());
    connection.dispose();
    await connection.agent.closed;
  }).timeout(60_000);

  it('because a person cancels during the upload: leaves nothing half done, and no session', async () => {
    const controller = new AbortController();
    await inTheMiddleOfTheUpload(async (connecting) => {
      controller.abort();
      await assert.rejects(connecting, nodeError('cancelled'));
    }, controller.signal);
    await eventually(() => Promise.resolve(!sshd.busy()));
  }).timeout(60_000);

  /** Watches the rules of the node's own namespace, and tells what came, as it comes. */
  async function watch({ agent: client }: Connection): Promise<WatchChanged[]> {
    const { workloads } = await client.request('workloads/list', {});
    const workload = workloads.find(({ host }) => host)?.id ?? '';
    const changes: WatchChanged[] = [];
    client.on('watch/changed', (change) => changes.push(change));
    await client.request('watch/start', {
      watch: 'test',
      workload,
      interval: 100,
      rulesets: true,
      attachments: true,
      maps: [],
      known: [],
    });
    await eventually(() => Promise.resolve(changes.length > 0));
    return changes;
  }

  it('during a watch: is made again by itself, and the watch goes on with everything', async () => {
    const connection = await keep();
    const first = connection.info.agent.pid;
    const changes = await watch(connection);
    const interruptions: (string | null)[] = [];
    connection.onInterruption((interruption) => interruptions.push(interruption));
    changes.length = 0;
    sshd.cut();
    await eventually(() => Promise.resolve(interruptions.at(-1) === null && interruptions.length === 2));
    await eventually(() => Promise.resolve(changes.length > 0));
    assert.ok(changes[0]?.attachments, 'the first notification is whole');
    assert.notEqual(connection.info.agent.pid, first);
    assert.match(String(interruptions[0]), /was lost/);
    await connection.agent.request('workloads/list', {});
    await eventually(async () => (await agent.processes()).join() === String(connection.info.agent.pid));
  });

  it('by a dead link: is noticed, and made again when the link is there again', async () => {
    const configFile = path.join(directory, 'config');
    await writeFile(
      configFile,
      'Host *\n ServerAliveInterval 1\n ServerAliveCountMax 1\n ConnectTimeout 1\n',
    );
    const connection = await keep({ configFile });
    const changes = await watch(connection);
    let interrupted: string | null = null;
    let count = 0;
    connection.onInterruption((interruption) => {
      interrupted = interruption;
      count += 1;
    });
    execFileSync('ip', ['link', 'set', 't-lost-n1', 'down']);
    try {
      await eventually(() => Promise.resolve(interrupted !== null));
      await assert.rejects(connection.agent.request('workloads/list', {}), nodeError('unreachable'));
    } finally {
      execFileSync('ip', ['link', 'set', 't-lost-n1', 'up']);
    }
    changes.length = 0;
    await eventually(() => Promise.resolve(count === 2 && changes.length > 0));
    assert.equal(interrupted, null);
    // The node's side of the dead one learns of its end when its sshd does.
    sshd.cut();
  }).timeout(60_000);

  it('by a node that is set up anew: ends, because its key is for a person to judge', async () => {
    const knownHostsFile = path.join(directory, 'known_hosts');
    await copyFile(sshd.knownHostsFile, knownHostsFile);
    const connection = await keep({ knownHostsFile });
    await sshd.stop();
    sshd = await startSshd({ netns: row.netns(1), address: row.address(1), port: 22 });
    assert.match(
      await connection.agent.closed,
      /connecting again failed: The host key of .* is not the one in/,
    );
    assert.ok(connection.agent.lost);
  }).timeout(30_000);
});
