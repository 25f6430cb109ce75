import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sshNode, type Connection, type Prompts } from '../../src/nodes';
import { startSshd, type Sshd } from '../../playground/sshd';
import { Answer, eventually, NO_QUESTIONS, nodeError, OwnAgent, Recorder } from './fixture';
import { Row } from './network';

/** Anything that sshd writes about somebody who wants to be let in, at DEBUG1. */
const ATTEMPT = /userauth|Accepted|Failed|Postponed|Invalid user/;

describe('a node behind two jump hosts', () => {
  let row: Row;
  let sshds: [Sshd, Sshd, Sshd];
  let agent: OwnAgent;
  let directory: string;
  let log: Recorder;
  let connection: Connection | undefined;
  const file = (name: string): string => path.join(directory, name);

  before(async () => {
    row = new Row('t-ssh', 20, 3);
    const start = (number: number, ...config: string[]): Promise<Sshd> =>
      startSshd({
        netns: row.netns(number),
        address: row.address(number),
        port: 22,
        config: ['LogLevel DEBUG1', ...config],
      });
    sshds = [await start(1), await start(2), await start(3)];
    agent = await OwnAgent.create();
  });
  after(async () => {
    await agent.remove();
    for (const sshd of sshds) await sshd.stop();
    row.remove();
  });
  beforeEach(async () => {
    log = new Recorder();
    directory = await mkdtemp(path.join(tmpdir(), 'mesh-redirect-jumps-'));
    const known = await Promise.all(sshds.map((sshd) => readFile(sshd.knownHostsFile, 'utf8')));
    await writeFile(file('known_hosts'), known.join(''));
    await writeFile(file('hosts'), hosts('HostName %h'));
    await writeFile(file('config'), `Include ${file('hosts')}\nHost three\n  ProxyJump one,two\n`);
  });
  afterEach(async () => {
    connection?.dispose();
    await connection?.agent.closed;
    connection = undefined;
    await rm(directory, { recursive: true });
  });

  /** The three hosts by their names; %h stands for the address. */
  function hosts(...lines: string[]): string {
    return ['one', 'two', 'three']
      .flatMap((name, index) => [
        `Host ${name}`,
        ...lines.map((line) => line.replaceAll('%h', row.address(index + 1))),
        `IdentityFile ${sshds[index]?.identityFile ?? ''}`,
        `User root`,
        `UserKnownHostsFile ${file('known_hosts')}`,
        'IdentityAgent none',
      ])
      .join('\n  ')
      .replaceAll(/^ {2}(?=Host )/gm, '');
  }

  async function connect(
    prompts: Prompts = NO_QUESTIONS,
    signal = new AbortController().signal,
    host = 'three',
  ): Promise<Connection> {
    const node = sshNode({ host, configFile: file('config') }, agent.files);
    connection = await node.connect({ prompts, log, signal });
    return connection;
  }
  const marks = (): number[] => sshds.map((sshd) => sshd.log().length);
  const attempts = (since: number[]): boolean[] =>
    sshds.map((sshd, index) => ATTEMPT.test(sshd.log().slice(since[index])));
  const allQuiet = (): Promise<void> =>
    eventually(() => Promise.resolve(sshds.every((sshd) => !sshd.busy())));

  it('is reached through both, by the aliases of an included file, and leaves no session behind', async () => {
    const { agent: client } = await connect();
    const { workloads } = await client.request('workloads/list', {});
    assert.ok(workloads.length > 0);
    for (const sshd of sshds) assert.match(sshd.log(), /Accepted publickey for root/);
    assert.match(sshds[2].log(), new RegExp(`Connection from ${row.address(3).replace(/2$/, '1')} `));
    connection?.dispose();
    await client.closed;
    await allQuiet();
    // At DEBUG1 sshd itself writes to the session's stderr.
    const said = log.messages.filter(({ level, text }) => level === 'warn' && !text.startsWith('debug1:'));
    assert.deepEqual(said, []);
  });

  it('is reached where each host names the one before it', async () => {
    const jumps = 'Host two\n ProxyJump one\nHost three\n ProxyJump two\n';
    await writeFile(file('config'), `${jumps}Host *\nInclude ${file('hosts')}\n`);
    const { agent: client } = await connect();
    await client.request('workloads/list', {});
  });

  it('is reached by the ProxyCommand of its host', async () => {
    const command = `ssh -F ${file('config')} -W %h:%p two`;
    const lines = `Host two\n ProxyJump one\nHost three\n ProxyCommand ${command}\n`;
    await writeFile(file('config'), `${lines}Host *\nInclude ${file('hosts')}\n`);
    const { agent: client } = await connect();
    await client.request('workloads/list', {});
    connection?.dispose();
    await client.closed;
    await allQuiet();
  });

  it('is not reached when the host key of the middle one has changed: nothing is offered to it, or behind it', async () => {
    const lines = (await readFile(file('known_hosts'), 'utf8')).trim().split('\n');
    const stranger = lines[0]?.split(' ').slice(1).join(' ') ?? '';
    lines[1] = `${row.address(2)} ${stranger}`;
    await writeFile(file('known_hosts'), `${lines.join('\n')}\n`);
    const since = marks();
    const where = new RegExp(`${row.address(2)} is not the one in ${file('known_hosts')}:2`);
    await assert.rejects(connect(), nodeError('host-key-changed', where));
    await allQuiet();
    assert.deepEqual(attempts(since), [true, false, false]);
    assert.deepEqual(log.commands, []);
  });

  it('is not asked to let us in before its unknown key was trusted, and each hop is asked for', async () => {
    await writeFile(file('known_hosts'), '');
    const since = marks();
    const refused = new Answer(false);
    await assert.rejects(connect(refused), nodeError('host-key-rejected'));
    assert.deepEqual(
      refused.questions.map(({ host }) => host),
      [row.address(1)],
    );
    assert.deepEqual(attempts(since), [false, false, false]);
    const trusting = new Answer(true);
    await connect(trusting);
    assert.deepEqual(
      trusting.questions.map(({ host }) => host),
      [row.address(1), row.address(2), row.address(3)],
    );
    assert.equal((await readFile(file('known_hosts'), 'utf8')).trim().split('\n').length, 3);
  });

  it('is known by hashed names, which is how new ones are written, too, where that is wished', async () => {
    await writeFile(file('known_hosts'), '');
    await writeFile(file('hosts'), hosts('HostName %h', 'HashKnownHosts yes'));
    await connect(new Answer(true));
    connection?.dispose();
    const written = await readFile(file('known_hosts'), 'utf8');
    assert.deepEqual(
      written
        .trim()
        .split('\n')
        .map((line) => line.slice(0, 3)),
      ['|1|', '|1|', '|1|'],
    );
    // ssh itself finds what we wrote.
    for (const number of [1, 2, 3]) {
      execFileSync('ssh-keygen', ['-F', row.address(number), '-f', file('known_hosts')]);
    }
    await connect();
  });

  it('is found in several files, by its alias, with accept-new, and not with yes', async () => {
    const files = `UserKnownHostsFile ${file('nothing')} ${file('known_hosts')}`;
    await writeFile(
      file('config'),
      `Host three\n  ProxyJump one,two\n  ${files}\nHost *\nInclude ${file('hosts')}\n`,
    );
    await connect();
    connection?.dispose();
    const alias = 'HostKeyAlias the-third\n  StrictHostKeyChecking';
    await writeFile(
      file('config'),
      `Host three\n  ProxyJump one,two\n  ${alias} yes\nHost *\nInclude ${file('hosts')}\n`,
    );
    await assert.rejects(connect(), nodeError('host-key-rejected', /StrictHostKeyChecking is yes/));
    await writeFile(
      file('config'),
      `Host three\n  ProxyJump one,two\n  ${alias} accept-new\nHost *\nInclude ${file('hosts')}\n`,
    );
    await connect();
    assert.match(await readFile(file('known_hosts'), 'utf8'), /^the-third ssh-ed25519 /m);
    assert.ok(log.messages.some(({ text }) => /accept-new/.test(text) && /SHA256:/.test(text)));
  });

  it('is not reached in a circle of jumps, which is named', async () => {
    await writeFile(file('config'), `Host *\n  ProxyJump one\nInclude ${file('hosts')}\n`);
    const circle = new RegExp(`circle: one through one \\(${file('config')}:2\\)`);
    await assert.rejects(connect(), nodeError('bad-settings', circle));
    const jumps = 'Host one\n ProxyJump two\nHost two\n ProxyJump one\nHost three\n ProxyJump two\n';
    await writeFile(file('config'), `${jumps}Host *\nInclude ${file('hosts')}\n`);
    await assert.rejects(connect(), nodeError('bad-settings', /two through one through two/));
  });

  it('is reached although lines of the files are malformed, which are named', async () => {
    const text = `Prot 22\nHost "one\n${await readFile(file('config'), 'utf8')}  ServerAliveInterval often\n`;
    await writeFile(file('config'), text);
    await connect();
    const said = log.messages.map(({ text: message }) => message).join('\n');
    assert.match(said, new RegExp(`${file('config')}:1 is passed over: "prot" is no keyword`));
    assert.match(said, new RegExp(`${file('config')}:2 is passed over: the quotation marks`));
    assert.match(said, new RegExp(`${file('config')}:6 is passed over: serveraliveinterval is "often"`));
  });

  it('is not reached through a host that does not forward, or that cannot reach it', async () => {
    const deaf = await startSshd({
      netns: row.netns(1),
      address: row.address(1),
      port: 2222,
      config: ['AllowTcpForwarding no'],
    });
    try {
      const host = `Host deaf\n HostName ${row.address(1)}\n Port 2222\n User root\n IdentityFile ${deaf.identityFile}\n`;
      const known = ` UserKnownHostsFile ${deaf.knownHostsFile}\n IdentityAgent none\n`;
      await writeFile(
        file('config'),
        `${host}${known}Host two\n ProxyJump deaf\nHost *\nInclude ${file('hosts')}\n`,
      );
      const told = new RegExp(`${row.address(1)}\\]?:2222 does not forward connections to ${row.address(2)}`);
      await assert.rejects(connect(NO_QUESTIONS, undefined, 'two'), nodeError('unreachable', told));
      await writeFile(
        file('config'),
        `Host two\n ProxyJump one\n Port 23\nHost *\nInclude ${file('hosts')}\n`,
      );
      const nobody = new RegExp(`${row.address(1)} cannot reach ${row.address(2)}:23: Connection refused`);
      await assert.rejects(connect(NO_QUESTIONS, undefined, 'two'), nodeError('unreachable', nobody));
      await allQuiet();
    } finally {
      await deaf.stop();
    }
  });

  it('can be cancelled on the way, or does not answer in time, and nothing stays behind', async () => {
    process.kill(sshds[1].pid, 'SIGSTOP');
    try {
      const controller = new AbortController();
      const connecting = connect(NO_QUESTIONS, controller.signal);
      await eventually(() => Promise.resolve(sshds[0].busy()));
      controller.abort();
      await assert.rejects(connecting, nodeError('cancelled'));
      await writeFile(file('hosts'), hosts('HostName %h', 'ConnectTimeout 1'));
      await assert.rejects(connect(), nodeError('unreachable', /10\.213\.21\.2 did not answer within 1 s/));
    } finally {
      process.kill(sshds[1].pid, 'SIGCONT');
    }
    await allQuiet();
  });

  it('is told to be lost when a host on the way is', async () => {
    const { agent: client } = await connect();
    sshds[0].cut();
    assert.match(await client.closed, /connection to three was lost/);
    await allQuiet();
    await eventually(async () => (await agent.processes()).length === 0);
  });
});
