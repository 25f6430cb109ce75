import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFile, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sshNode, type Connection, type Prompts } from '../../src/nodes';
import { startSshd, type Sshd } from '../../playground/sshd';
import { Answer, NO_QUESTIONS, nodeError, OwnAgent, Recorder, settingsFor } from './fixture';

describe('the host key of a real sshd', () => {
  let sshd: Sshd;
  let agent: OwnAgent;
  let file: string;
  let log: Recorder;
  before(async () => {
    sshd = await startSshd({ hostKeyTypes: ['ed25519', 'rsa'] });
    agent = await OwnAgent.create();
    file = path.join(sshd.directory, 'own_known_hosts');
  });
  after(async () => {
    await agent.remove();
    await sshd.stop();
  });
  beforeEach(() => {
    log = new Recorder();
  });
  afterEach(() => rm(file, { force: true }));

  async function connect(prompts: Prompts, signal = new AbortController().signal): Promise<void> {
    const node = sshNode(settingsFor(sshd, { knownHostsFile: file }), agent.files);
    const connection: Connection = await node.connect({ prompts, log, signal });
    connection.dispose();
    await connection.agent.closed;
  }
  async function publicKey(type: 'ed25519' | 'rsa'): Promise<string> {
    const text = await readFile(path.join(sshd.directory, `host_${type}.pub`), 'utf8');
    return text.split(' ').slice(0, 2).join(' ');
  }
  const name = (): string => `[127.0.0.1]:${sshd.port}`;
  const accepted = (): number => sshd.log().split('Accepted publickey').length - 1;

  it('is asked for when unknown, as ssh-keygen shows it, and remembered when trusted', async () => {
    const answer = new Answer(true);
    await connect(answer);
    const shown = execFileSync('ssh-keygen', ['-lf', path.join(sshd.directory, 'host_ed25519.pub')], {
      encoding: 'utf8',
    });
    assert.deepEqual(answer.questions, [
      { host: `127.0.0.1:${sshd.port}`, keyType: 'ssh-ed25519', fingerprint: shown.split(' ')[1] },
    ]);
    assert.equal(await readFile(file, 'utf8'), `${name()} ${await publicKey('ed25519')}\n`);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    await connect(NO_QUESTIONS);
    // ssh itself finds what we wrote.
    execFileSync('ssh-keygen', ['-F', name(), '-f', file]);
  });

  it('is refused when not trusted, before we authenticate, and nothing is written', async () => {
    const before = accepted();
    await assert.rejects(connect(new Answer(false)), nodeError('host-key-rejected', /SHA256:/));
    assert.equal(accepted(), before);
    await assert.rejects(stat(file));
    assert.deepEqual(log.commands, []);
  });

  it('is not remembered when the person gave up meanwhile', async () => {
    const controller = new AbortController();
    let trust: (yes: boolean) => void = () => undefined;
    const asked: Prompts = {
      ...NO_QUESTIONS,
      confirmHostKey: () => {
        controller.abort();
        return new Promise((resolve) => {
          trust = resolve;
        });
      },
    };
    await assert.rejects(connect(asked, controller.signal), nodeError('cancelled'));
    trust(true);
    await sleep(0);
    await assert.rejects(stat(file));
  });

  it('is known also when only the rsa one is, or under a hashed name', async () => {
    await writeFile(file, `${name()} ${await publicKey('rsa')}\n`);
    await connect(NO_QUESTIONS);
    execFileSync('ssh-keygen', ['-H', '-f', file], { stdio: 'pipe' });
    assert.match(await readFile(file, 'utf8'), /^\|1\|/);
    await connect(NO_QUESTIONS);
    await rm(`${file}.old`);
  });

  it('is refused when it has changed, naming file and line, before we authenticate', async () => {
    const other = await startSshd();
    try {
      const before = accepted();
      const key = (await readFile(other.knownHostsFile, 'utf8')).split(' ').slice(1).join(' ');
      await writeFile(file, `# one\n\n${name()} ${key}`);
      await assert.rejects(connect(NO_QUESTIONS), nodeError('host-key-changed', new RegExp(`${file}:3`)));
      assert.equal(accepted(), before);
      assert.deepEqual(log.commands, []);
    } finally {
      await other.stop();
    }
  });

  it('is refused when revoked, whatever else is said of it', async () => {
    await writeFile(file, `${name()} ${await publicKey('ed25519')}\n`);
    await appendFile(file, `@revoked * ${await publicKey('ed25519')}\n`);
    await assert.rejects(
      connect(NO_QUESTIONS),
      nodeError('host-key-rejected', new RegExp(`revoked in ${file}:2`)),
    );
  });

  it('is asked for where only a certificate authority vouches for it, which is told not to be supported', async () => {
    await writeFile(file, `@cert-authority ${name()} ${await publicKey('ed25519')}\n`);
    const answer = new Answer(true);
    await connect(answer);
    const words = `${file}:1 names a certificate authority for it, but @cert-authority is not supported.`;
    assert.deepEqual(
      answer.questions.map(({ notice }) => notice),
      [words],
    );
    assert.ok(log.messages.some(({ level, text }) => level === 'warn' && text.endsWith(words)));
    await connect(NO_QUESTIONS);
  });

  it('is found behind malformed lines, which are reported', async () => {
    await writeFile(file, `nonsense\n${name()} ${await publicKey('ed25519')}\n`);
    await connect(NO_QUESTIONS);
    assert.ok(log.messages.some(({ text }) => text.startsWith(`${file}:1 is passed over: `)));
  });
});
