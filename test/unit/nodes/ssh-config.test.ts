import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { namedHosts } from '../../../src/nodes/ssh/config/evaluate';
import { loadSshConfig } from '../../../src/nodes/ssh/config/file';
import { parseJump, parseJumps } from '../../../src/nodes/ssh/config/jump';
import { resolveHost, type HostRequest } from '../../../src/nodes/ssh/config/resolve';
import { parseSeconds } from '../../../src/nodes/ssh/config/values';
import type { SshHost } from '../../../src/nodes/ssh/host';
import { findRoute } from '../../../src/nodes/ssh/route';

describe('ssh_config', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'mesh-redirect-config-'));
  });
  afterEach(() => rm(directory, { recursive: true }));
  const file = (name: string): string => path.join(directory, name);

  async function resolved(
    text: string,
    request: Partial<HostRequest> = {},
  ): Promise<{ host: SshHost; problems: string[] }> {
    await writeFile(file('config'), text);
    const config = await loadSshConfig(file('config'));
    const { host, problems } = resolveHost(config, { host: 'web', ...request });
    const all = [...config.problems, ...problems];
    return {
      host,
      problems: all.map(({ file: name, line, problem }) => `${path.basename(name)}:${line} ${problem}`),
    };
  }

  it('without a word about a host has the values of ssh(1), and our keepalive and time-out', async () => {
    const { host, problems } = await resolved('');
    assert.deepEqual(problems, []);
    assert.deepEqual([host.host, host.port, host.user], ['web', 22, userInfo().username]);
    assert.deepEqual(host.keepalive, { interval: 10_000, count: 3 });
    assert.equal(host.connectTimeout, 15_000);
    assert.equal(host.unknownHostKey, 'ask');
    assert.deepEqual(host.userKnownHosts[0], path.join(homedir(), '.ssh', 'known_hosts'));
    assert.deepEqual(host.methods, ['publickey', 'keyboard-interactive', 'password']);
    assert.ok(host.identityFiles.every(({ from }) => from === 'usual'));
  });

  it('gives way to what is said with the host', async () => {
    const text =
      'Host web\n User alice\n Port 2222\n IdentityFile /k/a\n UserKnownHostsFile /k/h\n ConnectTimeout 3\n';
    assert.equal((await resolved(text)).host.user, 'alice');
    const request = {
      user: 'bob',
      port: 22,
      identityFile: '~/id',
      knownHostsFile: '/own',
      connectTimeout: 5,
    };
    const { host } = await resolved(text, request);
    assert.deepEqual([host.user, host.port, host.connectTimeout], ['bob', 22, 5]);
    assert.deepEqual(host.identityFiles, [{ file: path.join(homedir(), 'id'), from: 'setting' }]);
    assert.equal(host.identitiesOnly, true);
    assert.deepEqual(host.userKnownHosts, ['/own']);
  });

  it('sees the user that is fallen back to, but prefers its own', async () => {
    const text = 'Match user root\n Port 2222\n';
    assert.equal((await resolved(text, { fallbackUser: 'root' })).host.port, 2222);
    const own = await resolved(`User nobody\n${text}`, { fallbackUser: 'root' });
    assert.deepEqual([own.host.user, own.host.port], ['nobody', 22]);
  });

  it('has times, counts and choices of its own', async () => {
    const { host } = await resolved(
      'ServerAliveInterval 1m30\nServerAliveCountMax 5\nConnectTimeout 2\nStrictHostKeyChecking accept-new\n' +
        'AddressFamily inet6\nNumberOfPasswordPrompts 1\nPreferredAuthentications password,gssapi-with-mic,publickey\n' +
        'BatchMode yes\nIdentityAgent none\nGlobalKnownHostsFile none\n',
    );
    assert.deepEqual(host.keepalive, { interval: 90_000, count: 5 });
    assert.deepEqual([host.connectTimeout, host.unknownHostKey, host.addressFamily], [2000, 'accept', 6]);
    assert.deepEqual([host.tries, host.methods], [1, ['password', 'publickey']]);
    assert.deepEqual([host.mayAsk, host.agent, host.globalKnownHosts], [false, null, []]);
  });

  it('never goes without asking for an unknown host', async () => {
    const kinds = ['yes', 'ask', 'no', 'off', 'accept-new'].map(async (value) => {
      await mkdir(file(value));
      const name = path.join(file(value), 'config');
      await writeFile(name, `StrictHostKeyChecking ${value}`);
      return resolveHost(await loadSshConfig(name), { host: 'web' }).host.unknownHostKey;
    });
    assert.deepEqual(await Promise.all(kinds), ['refuse', 'ask', 'ask', 'ask', 'accept']);
  });

  it('tells what is wrong by its place, and uses the rest', async () => {
    const { host, problems } = await resolved(
      'Port many\nPrt 1\nUser alice\nServerAliveInterval soon\nIdentityFile /k/%x\nIdentityFile /k/a\n' +
        'Match exec "true"\n  User mallory\n' +
        'Host web\n  CertificateFile /k/c\n  HostName web.example\n',
    );
    assert.deepEqual([host.user, host.host, host.port], ['alice', 'web.example', 22]);
    assert.deepEqual(host.identityFiles, [{ file: '/k/a', from: 'config' }]);
    assert.deepEqual(problems.sort(), [
      'config:1 port is "many", and should be a whole number from 1 to 65535',
      "config:10 certificatefile users' certificates are not supported",
      'config:2 "prt" is no keyword of ssh_config',
      'config:4 serveraliveinterval is "soon", and should be a time such as 30 or 1m30s',
      'config:5 identityfile cannot have %x',
      'config:7 Match exec is not supported, so its block is passed over',
    ]);
  });

  it('includes files by wildcards, and says which cannot be read, or go round in a circle', async () => {
    await mkdir(file('conf.d'));
    await writeFile(path.join(file('conf.d'), '20-user'), 'User later\n');
    await writeFile(path.join(file('conf.d'), '10-user'), 'User first\n');
    await writeFile(path.join(file('conf.d'), '.hidden'), 'User hidden\n');
    const { host, problems } = await resolved(`Include ${file('conf.d')}/* ${file('nothing')}\n`);
    assert.deepEqual([host.user, problems], ['first', []]);
    const circle = await resolved(`Include ${file('config')}\nPort 23\n`);
    assert.equal(circle.host.port, 23);
    assert.deepEqual(circle.problems, ['config:1 files include each other more than 16 deep']);
    const folder = await resolved(`Include ${file('conf.d')}\n`);
    assert.match(folder.problems.join(), /^config:1 .*conf\.d cannot be read: EISDIR/);
  });

  it('takes tokens and variables into files', async () => {
    process.env['MESH_REDIRECT_TEST'] = '/from/environment';
    try {
      const { host } = await resolved(
        'HostName %h.example\nUser me\nPort 23\nIdentityFile ~/%n-%h-%p-%r%%\nIdentityFile ${MESH_REDIRECT_TEST}/id\n' +
          'IdentityAgent $MESH_REDIRECT_TEST\nUserKnownHostsFile ~/%k /k/known\nProxyCommand nc %h %p\n',
      );
      assert.deepEqual(
        host.identityFiles.map((each) => each.file),
        [path.join(homedir(), 'web-web.example-23-me%'), '/from/environment/id'],
      );
      assert.equal(host.agent, '/from/environment');
      assert.deepEqual(host.userKnownHosts, [path.join(homedir(), 'web'), '/k/known']);
      assert.equal(host.proxyCommand, 'nc web.example 23');
    } finally {
      delete process.env['MESH_REDIRECT_TEST'];
    }
  });

  it('names the hosts that a person may pick', async () => {
    await writeFile(file('more'), 'Host inner *.example\nHost !not web\n');
    await writeFile(file('config'), `Host web db-?\nInclude ${file('more')}\nHost *\nMatch host x\n`);
    assert.deepEqual(namedHosts(await loadSshConfig(file('config'))), ['web', 'inner']);
  });

  it('that is not there, or not to be read, is none', async () => {
    assert.deepEqual(await loadSshConfig(file('nothing')), { files: [], problems: [] });
    await mkdir(file('folder'));
    await chmod(file('folder'), 0o700);
    const { files, problems } = await loadSshConfig(file('folder'));
    assert.deepEqual([files.length, problems.length], [0, 1]);
  });

  describe('routes', () => {
    async function route(text: string): Promise<string[]> {
      await writeFile(file('config'), text);
      const { hosts } = findRoute(await loadSshConfig(file('config')), { host: 'web' });
      return hosts.map(({ user, host, port }) => `${user}@${host}:${port}`);
    }
    const me = userInfo().username;

    it('go through the jumps in their order, each as its own block says', async () => {
      const text =
        'Host web\n ProxyJump alice@one,two:2222\nHost one\n HostName 10.0.0.1\nHost two\n User bob\n Port 23\n';
      assert.deepEqual(await route(text), ['alice@10.0.0.1:22', 'bob@two:2222', `${me}@web:22`]);
    });

    it('go on where the first jump has one of its own, and only there', async () => {
      const text = 'Host web\n ProxyJump one,two\nHost one two\n ProxyJump zero\n';
      assert.deepEqual(
        await route(text),
        ['zero', 'one', 'two', 'web'].map((name) => `${me}@${name}:22`),
      );
    });

    it('refuse a jump that cannot be read, naming the line', async () => {
      await assert.rejects(route('Host web\n ProxyJump one,,two\n'), {
        kind: 'bad-settings',
        message: `${file('config')}:2: ProxyJump: "" is no [user@]host[:port].`,
      });
    });

    it('refuse a circle, naming it', async () => {
      await assert.rejects(
        route('Host one\n ProxyJump two\nHost two\n ProxyJump web\nHost web\n ProxyJump one\n'),
        {
          kind: 'bad-settings',
          message: `ProxyJump goes round in a circle: web through one through two through web (${file('config')}:4).`,
        },
      );
    });
  });

  it('reads jumps', () => {
    assert.deepEqual(parseJump('ssh://me@host:23/'), { user: 'me', host: 'host', port: 23 });
    assert.deepEqual(parseJump('[::1]:23'), { host: '::1', port: 23 });
    assert.deepEqual(parseJump('a@b@host'), { user: 'a@b', host: 'host' });
    for (const wrong of ['', 'host:0', 'host:70000', '-oX', 'me@', '-x@host', 'a b']) {
      assert.equal(parseJump(wrong), undefined, wrong);
    }
    assert.deepEqual(parseJumps('none'), []);
  });

  it('reads times', () => {
    for (const [text, seconds] of [
      ['90', 90],
      ['1m30', 90],
      ['2H', 7200],
      ['1d1w', 691_200],
    ] as const) {
      assert.equal(parseSeconds(text), seconds);
    }
    for (const wrong of ['', 'soon', '-1', '1x', '1 m']) assert.equal(parseSeconds(wrong), undefined);
  });
});
