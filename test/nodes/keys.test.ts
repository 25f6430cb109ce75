import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFile, chmod, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { KeyRing, sshNode, type Prompts, type SshSettings } from '../../src/nodes';
import { startSshd, type Sshd } from '../../playground/sshd';
import { Answer, assertNoSecret, NO_QUESTIONS, nodeError, OwnAgent, Recorder, settingsFor } from './fixture';
import { withSshAgent } from './ssh-agent';

const PASSPHRASE = 'open sesame 4711';

describe('signing in with a key', () => {
  let sshd: Sshd;
  let agent: OwnAgent;
  let log: Recorder;
  let mark: number;
  before(async () => {
    sshd = await startSshd({ config: ['LogLevel VERBOSE'] });
    agent = await OwnAgent.create();
  });
  after(async () => {
    await agent.remove();
    await sshd.stop();
  });
  beforeEach(() => {
    log = new Recorder();
    mark = sshd.log().length;
  });
  afterEach(() => {
    assertNoSecret([PASSPHRASE], log.commands, log.messages, sshd.log());
  });

  const file = (name: string): string => path.join(sshd.directory, name);
  /** The fingerprints of the keys that were refused or accepted since the test began, in order. */
  const offered = (): string[] =>
    [
      ...sshd
        .log()
        .slice(mark)
        .matchAll(/(?:Failed|Accepted) publickey.*(SHA256:\S+)/g),
    ].map(([, fingerprint = '']) => fingerprint);
  const fingerprint = (name: string): string =>
    execFileSync('ssh-keygen', ['-lf', `${file(name)}.pub`], { encoding: 'utf8' }).split(' ')[1] ?? '';

  async function keygen(
    name: string,
    passphrase: string,
    allowed: boolean,
    ...args: string[]
  ): Promise<string> {
    await rm(file(name), { force: true });
    const type = args.length > 0 ? args : ['-t', 'ed25519'];
    // Opening a key takes ssh2 half a second in as many rounds as ssh-keygen makes by itself, and the code is the same in one.
    const rounds = ['-a', '1'];
    execFileSync('ssh-keygen', ['-q', ...type, ...rounds, '-N', passphrase, '-C', name, '-f', file(name)]);
    if (allowed) await appendFile(file('authorized_keys'), await readFile(`${file(name)}.pub`, 'utf8'));
    return file(name);
  }

  async function connect(
    more: Partial<SshSettings>,
    prompts: Prompts = NO_QUESTIONS,
    keys = new KeyRing(),
  ): Promise<void> {
    const node = sshNode(settingsFor(sshd, more), agent.files, keys);
    const connection = await node.connect({ prompts, log, signal: new AbortController().signal });
    connection.dispose();
    await connection.agent.closed;
  }
  async function connectWith(config: string, prompts: Prompts = NO_QUESTIONS): Promise<void> {
    await writeFile(file('config'), `Host *\n  IdentityAgent none\n${config}\n`);
    const { host, port, user, knownHostsFile } = sshd;
    const node = sshNode({ host, port, user, knownHostsFile, configFile: file('config') }, agent.files);
    const connection = await node.connect({ prompts, log, signal: new AbortController().signal });
    connection.dispose();
    await connection.agent.closed;
  }

  for (const [name, ...args] of [
    ['ed25519', '-t', 'ed25519'],
    ['ecdsa', '-t', 'ecdsa', '-b', '256'],
    ['ecdsa-521', '-t', 'ecdsa', '-b', '521'],
    ['rsa', '-t', 'rsa', '-b', '2048'],
    ['rsa-pem', '-t', 'rsa', '-b', '2048', '-m', 'PEM'],
    ['rsa-pkcs8', '-t', 'rsa', '-b', '2048', '-m', 'PKCS8'],
    ['ecdsa-pkcs8', '-t', 'ecdsa', '-m', 'PKCS8'],
  ] as const) {
    it(`that is ${name}: opens it with its passphrase, which is asked for once`, async () => {
      const identityFile = await keygen(name, PASSPHRASE, true, ...args);
      const answer = new Answer(false, PASSPHRASE);
      const keys = new KeyRing();
      await connect({ identityFile }, answer, keys);
      assert.deepEqual(
        answer.asked.map(({ kind, id, title, again }) => [kind, id, title, again]),
        [['passphrase', `passphrase:${identityFile}`, `Passphrase of ${identityFile}`, false]],
      );
      assert.deepEqual(answer.accepted, [PASSPHRASE]);
      await connect({ identityFile }, NO_QUESTIONS, keys);
      await connect({ identityFile: await keygen(`open-${name}`, '', true, ...args) });
    });
  }

  it('asks again for a wrong passphrase', async () => {
    const identityFile = await keygen('locked', PASSPHRASE, true);
    const answer = new Answer(false, 'wrong', PASSPHRASE);
    await connect({ identityFile }, answer);
    assert.deepEqual(
      answer.asked.map(({ again }) => again),
      [false, true],
    );
    assert.deepEqual([answer.refused, answer.accepted], [['wrong'], [PASSPHRASE]]);
  });

  it('gives up after three wrong passphrases, and says so', async () => {
    const identityFile = await keygen('locked', PASSPHRASE, true);
    const answer = new Answer(false, 'one', 'two', 'three', PASSPHRASE);
    const words = new RegExp(`the passphrase of ${identityFile} was wrong 3 times`);
    await assert.rejects(connect({ identityFile }, answer), (error) => {
      assertNoSecret(
        ['one', 'two', 'three'].map((text) => `"${text}"`),
        error,
      );
      return nodeError('authentication-refused', words)(error);
    });
    assert.deepEqual(answer.refused, ['one', 'two', 'three']);
  });

  it('asks for nothing that the node would not take, and not against the will of the person', async () => {
    const identityFile = await keygen('stranger', PASSPHRASE, false);
    await assert.rejects(connect({ identityFile }), nodeError('authentication-refused'));
    const locked = await keygen('locked', PASSPHRASE, true);
    await assert.rejects(
      connect({ identityFile: locked }, new Answer(false, undefined)),
      nodeError('cancelled'),
    );
    const none = nodeError('authentication-refused', /no passphrase was given/);
    await assert.rejects(connect({ identityFile: locked }, new Answer(false, '')), none);
    const batch = nodeError('authentication-refused', /BatchMode forbids/);
    await assert.rejects(connectWith(`  BatchMode yes\n  IdentityFile ${locked}`), batch);
  });

  it('tries the files of ~/.ssh/config in their order, and passes over those that cannot be used', async () => {
    await keygen('first', '', false);
    await keygen('second', '', true);
    await keygen('open-to-all', '', true);
    await chmod(file('open-to-all'), 0o644);
    await writeFile(file('text'), 'no key', { mode: 0o600 });
    const files = ['nothing', 'text', 'open-to-all', 'first', 'second'].map(
      (name) => `  IdentityFile ${file(name)}`,
    );
    await connectWith(files.join('\n'));
    assert.deepEqual(offered(), [fingerprint('first'), fingerprint('second')]);
    const said = log.messages.map(({ text }) => text).join('\n');
    assert.match(said, new RegExp(`the private key ${file('nothing')} cannot be read: ENOENT`));
    assert.match(said, new RegExp(`the private key ${file('text')} cannot be used`));
    assert.match(
      said,
      new RegExp(`the private key ${file('open-to-all')} is not used: others may read it \\(0644\\)`),
    );
    const all = nodeError('authentication-refused', /it takes publickey; .*ENOENT.*others may read it/);
    await assert.rejects(connectWith(files.slice(0, 4).join('\n')), all);
  });

  it('takes from a real ssh-agent first what is named, then the others, and only the named if so told', async () => {
    const others = [await keygen('other-1', '', false), await keygen('other-2', '', true)];
    const named = await keygen('named', PASSPHRASE, false);
    const alone = await keygen('alone', '', false);
    await withSshAgent([...others, { file: named, passphrase: PASSPHRASE }], async (socket) => {
      const identities = `  IdentityFile ${alone}\n  IdentityFile ${named}.pub\n`;
      const host = `Host *\n  IdentityAgent ${socket}\n${identities}`;
      await writeFile(file('config'), host);
      const { host: address, port, user, knownHostsFile } = sshd;
      const settings = { host: address, port, user, knownHostsFile, configFile: file('config') };
      const options = { prompts: NO_QUESTIONS, log, signal: new AbortController().signal };
      const connection = await sshNode(settings, agent.files).connect(options);
      connection.dispose();
      await connection.agent.closed;
      assert.deepEqual(offered(), ['named', 'other-1', 'other-2'].map(fingerprint));
      mark = sshd.log().length;
      await writeFile(file('config'), `${host}  IdentitiesOnly yes\n`);
      await assert.rejects(
        sshNode(settings, agent.files).connect(options),
        nodeError('authentication-refused'),
      );
      assert.deepEqual(offered(), ['named', 'alone'].map(fingerprint));
    });
  });

  it('uses the ssh-agent for the key of the settings, which needs no passphrase then, and no other key', async () => {
    const locked = await keygen('locked', PASSPHRASE, true);
    const other = await keygen('other', '', true);
    await withSshAgent([other, { file: locked, passphrase: PASSPHRASE }], async (agentSocket) => {
      await connect({ identityFile: locked, agentSocket });
      assert.deepEqual(offered(), [fingerprint('locked')]);
    });
  });

  it('finds the ssh-agent by SSH_AUTH_SOCK, as a person’s shell and VS Code have it', async () => {
    const held = await keygen('held', PASSPHRASE, true);
    await withSshAgent([{ file: held, passphrase: PASSPHRASE }], async (socket) => {
      const before = process.env['SSH_AUTH_SOCK'];
      process.env['SSH_AUTH_SOCK'] = socket;
      try {
        const { host, port, user, knownHostsFile } = sshd;
        const settings = { host, port, user, knownHostsFile, configFile: '/dev/null' };
        const options = { prompts: NO_QUESTIONS, log, signal: new AbortController().signal };
        const connection = await sshNode(settings, agent.files).connect(options);
        connection.dispose();
        await connection.agent.closed;
      } finally {
        if (before === undefined) delete process.env['SSH_AUTH_SOCK'];
        else process.env['SSH_AUTH_SOCK'] = before;
      }
      assert.deepEqual(offered(), [fingerprint('held')]);
    });
  });

  it('says where the ssh-agent is gone', async () => {
    const gone = connect({
      identityFile: await keygen('stranger', '', false),
      agentSocket: file('no-socket'),
    });
    await assert.rejects(
      gone,
      nodeError('authentication-refused', /ssh-agent at .*no-socket cannot be asked/),
    );
  });

  it('says what happens where the node has seen too many keys', async () => {
    const many = await Promise.all(
      [1, 2, 3, 4, 5, 6, 7].map((number) => keygen(`many-${number}`, '', false)),
    );
    await withSshAgent(many, async (agentSocket) => {
      const { host, port, user, knownHostsFile } = sshd;
      const settings = { host, port, user, knownHostsFile, agentSocket, configFile: '/dev/null' };
      const options = { prompts: NO_QUESTIONS, log, signal: new AbortController().signal };
      const words = /closed the connection before it let root in .*Too many authentication failures/;
      await assert.rejects(sshNode(settings, agent.files).connect(options), (error) => {
        assert.match((error as { remedy: string }).remedy, /IdentitiesOnly/);
        return nodeError('authentication-refused', words)(error);
      });
    });
  });
});
