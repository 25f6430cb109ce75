import assert from 'node:assert/strict';
import { sshNode, type Prompts } from '../../src/nodes';
import { startSshd, type Sshd, type SshdOptions } from '../../playground/sshd';
import { Answer, assertNoSecret, NO_QUESTIONS, nodeError, OwnAgent, Recorder } from './fixture';
import { TemporaryUser } from './user';

const PASSWORD = 'correct horse 4711';
const NEW = 'battery staple 0815';
const PAM_SERVICE = 't-mr-sshd';

describe('signing in with a password', () => {
  let agent: OwnAgent;
  let user: TemporaryUser;
  let sshd: Sshd | undefined;
  let log: Recorder;
  before(async () => {
    agent = await OwnAgent.create();
    user = new TemporaryUser('t-mr-passwords', '/bin/sh');
    user.setPassword(PASSWORD);
    user.allowSudo();
  });
  after(async () => {
    user.remove();
    await agent.remove();
  });
  beforeEach(() => {
    log = new Recorder();
  });
  afterEach(async () => {
    assertNoSecret([PASSWORD], log.commands, log.messages, sshd?.log());
    await sshd?.stop();
    sshd = undefined;
  });

  async function start(options: SshdOptions): Promise<void> {
    sshd = await startSshd({ users: [user.name], ...options });
  }
  async function connect(prompts: Prompts, config: { withKey?: boolean } = {}): Promise<void> {
    assert.ok(sshd);
    const { host, port, knownHostsFile, identityFile } = sshd;
    const account = { host, port, user: user.name, knownHostsFile, configFile: '/dev/null', agentSocket: '' };
    const node = sshNode(config.withKey === true ? { ...account, identityFile } : account, agent.files);
    const connection = await node.connect({ prompts, log, signal: new AbortController().signal });
    connection.dispose();
    await connection.agent.closed;
  }
  const account = (): string => `${user.name}@127.0.0.1:${sshd?.port}`;

  it('asks for it where the node takes one, and again where it was wrong', async () => {
    await start({ config: ['PasswordAuthentication yes'] });
    const answer = new Answer(false, 'wrong', PASSWORD);
    await connect(answer);
    const question = { kind: 'password', id: `password:${account()}`, title: `Password of ${account()}` };
    assert.deepEqual(
      answer.asked.map(({ kind, id, title, again }) => ({ kind, id, title, again })),
      [
        { ...question, again: false },
        { ...question, again: true },
      ],
    );
    assert.deepEqual([answer.refused, answer.accepted], [['wrong'], [PASSWORD]]);
  });

  it('gives up after three wrong ones, or when the person does', async () => {
    await start({ config: ['PasswordAuthentication yes'] });
    const answer = new Answer(false, 'one-1', 'two-2', 'three-3', PASSWORD);
    await assert.rejects(connect(answer), (error) => {
      assertNoSecret(['one-1', 'two-2', 'three-3'], error);
      return nodeError('authentication-refused', /let t-mr-passwords in/)(error);
    });
    assert.deepEqual(answer.refused, ['one-1', 'two-2', 'three-3']);
    await assert.rejects(connect(new Answer(false, undefined)), nodeError('cancelled'));
  });

  it('asks for both where the node wants a key and a password', async () => {
    await start({ config: ['PasswordAuthentication yes', 'AuthenticationMethods publickey,password'] });
    const answer = new Answer(false, PASSWORD);
    await connect(answer, { withKey: true });
    assert.deepEqual(answer.accepted, [PASSWORD]);
    await assert.rejects(connect(NO_QUESTIONS), nodeError('authentication-refused', /it takes publickey/));
  });

  describe('through PAM, as keyboard-interactive', () => {
    const unix = [
      'auth required pam_unix.so',
      'account required pam_unix.so',
      'session required pam_permit.so',
    ];
    const config = ['KbdInteractiveAuthentication yes'];

    it('asks what the node asks, and knows a password when it sees one', async () => {
      await start({ config, pam: { service: PAM_SERVICE, lines: unix } });
      const answer = new Answer(false, 'wrong', PASSWORD);
      await connect(answer);
      assert.deepEqual(
        answer.asked.map(({ kind, id, again }) => [kind, id, again]),
        [
          ['password', `password:${account()}`, false],
          ['password', `password:${account()}`, true],
        ],
      );
      assert.deepEqual([answer.refused, answer.accepted], [['wrong'], [PASSWORD]]);
    });

    it('asks no more than three times over both methods', async () => {
      await start({
        config: [...config, 'PasswordAuthentication yes', 'MaxAuthTries 20'],
        pam: { service: PAM_SERVICE, lines: unix },
      });
      const answer = new Answer(false, 'one-1', 'two-2', 'three-3', PASSWORD);
      await assert.rejects(connect(answer), nodeError('authentication-refused'));
      assert.equal(answer.asked.length, 3);
    });

    it('asks for both where the node wants a key, too', async () => {
      const methods = 'AuthenticationMethods publickey,keyboard-interactive:pam';
      await start({ config: [...config, methods], pam: { service: PAM_SERVICE, lines: unix } });
      const answer = new Answer(false, PASSWORD);
      await connect(answer, { withKey: true });
      assert.deepEqual(answer.accepted, [PASSWORD]);
    });

    it('passes on other questions in the words of the node, and knows none of them again', async () => {
      user.expirePassword();
      await start({
        config,
        pam: { service: PAM_SERVICE, lines: [...unix, 'password required pam_unix.so'] },
      });
      const answer = new Answer(false, PASSWORD, PASSWORD, NEW, NEW);
      await connect(answer);
      assertNoSecret([NEW], log.commands, log.messages, sshd?.log());
      assert.deepEqual(
        answer.asked.map(({ kind, id, title }) => [kind, id, title]),
        [
          ['password', `password:${account()}`, `Password of ${account()}`],
          ...[1, 2, 3].map(() => ['answer', null, `${account()} asks`]),
        ],
      );
      assert.match(answer.asked[1]?.detail ?? '', /Current password:$/);
      assert.match(answer.asked[2]?.detail ?? '', /New password:$/);
      user.setPassword(PASSWORD);
    });

    it('passes on what the node says where the password has expired', async () => {
      user.expirePassword();
      await start({ config: ['PasswordAuthentication yes'] });
      await assert.rejects(
        connect(new Answer(false, PASSWORD)),
        nodeError('no-shell', /password has expired/),
      );
      user.setPassword(PASSWORD);
    });
  });
});
