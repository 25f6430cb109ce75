import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import path from 'node:path';
import { sshNode, type SshSettings } from '../../src/nodes';
import { startSshd, type Sshd } from '../../playground/sshd';
import { NO_QUESTIONS, nodeError, OwnAgent, Recorder, settingsFor } from './fixture';

const LINK = 't-nodes0';
const PEER = 't-nodes1';
const NETNS = 't-nodes';
/** On our own link: one that nobody has, and one whose packets are dropped. */
const NOBODY = '10.213.7.2';
const DROPPED = '10.213.7.3';

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' });
}

describe('reaching a node over ssh', () => {
  let sshd: Sshd;
  let agent: OwnAgent;
  before(async () => {
    sshd = await startSshd();
    agent = await OwnAgent.create();
  });
  after(async () => {
    await agent.remove();
    await sshd.stop();
  });

  function connect(more: Partial<SshSettings>, signal = new AbortController().signal): Promise<unknown> {
    const node = sshNode(settingsFor(sshd, more), agent.files);
    return node.connect({ prompts: NO_QUESTIONS, log: new Recorder(), signal }).then(async (connection) => {
      connection.dispose();
      return connection.agent.closed;
    });
  }

  it('a closed port', async () => {
    await assert.rejects(connect({ port: 1 }), nodeError('port-closed', /port 1 of 127\.0\.0\.1/));
  });

  it('a name that does not exist', async () => {
    await assert.rejects(connect({ host: 'nowhere.invalid' }), nodeError('unreachable', /nowhere\.invalid/));
  });

  describe('over a link that leads nowhere', () => {
    before(() => {
      // Left over where the last run was killed; the link goes with it.
      if (existsSync(`/run/netns/${NETNS}`)) ip('netns', 'del', NETNS);
      ip('netns', 'add', NETNS);
      ip('link', 'add', LINK, 'type', 'veth', 'peer', 'name', PEER, 'netns', NETNS);
      ip('addr', 'add', '10.213.7.1/24', 'dev', LINK);
      ip('link', 'set', LINK, 'up');
      ip('-n', NETNS, 'link', 'set', PEER, 'up');
      ip('neigh', 'add', DROPPED, 'lladdr', '02:00:00:00:00:01', 'dev', LINK);
    });
    after(() => {
      ip('netns', 'del', NETNS);
    });

    it('no such host', async () => {
      await assert.rejects(connect({ host: NOBODY }), nodeError('unreachable', new RegExp(NOBODY)));
    }).timeout(30_000);

    it('a host that does not answer', async () => {
      await assert.rejects(
        connect({ host: DROPPED, connectTimeout: 300 }),
        nodeError('unreachable', /did not answer within 0\.3 s/),
      );
    });

    it('can be cancelled', async () => {
      const controller = new AbortController();
      const connecting = connect({ host: DROPPED }, controller.signal);
      controller.abort();
      await assert.rejects(connecting, nodeError('cancelled'));
    });
  });

  describe('through a server that speaks no SSH', () => {
    let server: Server | undefined;
    afterEach(() => new Promise((resolve) => server?.close(resolve)));

    function serve(answer: string | null): Promise<number> {
      const listening = createServer((socket) => {
        socket.on('error', () => undefined).resume();
        if (answer !== null) socket.end(answer);
      });
      server = listening;
      return new Promise((resolve) => {
        listening.listen(0, '127.0.0.1', () => {
          resolve((listening.address() as AddressInfo).port);
        });
      });
    }

    it('but something else', async () => {
      const port = await serve('HTTP/1.1 400 Bad Request\r\n\r\n');
      await assert.rejects(connect({ port }), nodeError('unreachable', /SSH connection.*failed/));
    });

    it('but nothing', async () => {
      const port = await serve('');
      await assert.rejects(connect({ port }), nodeError('unreachable'));
    });

    it('and keeps silent', async () => {
      const port = await serve(null);
      const silent = connect({ port, connectTimeout: 300 });
      await assert.rejects(silent, nodeError('unreachable', /did not answer/));
    });
  });

  describe('with a key', () => {
    const file = (name: string): string => path.join(sshd.directory, name);

    function keygen(name: string, passphrase: string): string {
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-f', file(name)]);
      return file(name);
    }

    it('that the node does not know', async () => {
      const identityFile = keygen('stranger', '');
      await assert.rejects(connect({ identityFile }), nodeError('authentication-refused', /let root in/));
    });

    it('of a user that may not log in', async () => {
      await assert.rejects(connect({ user: 'daemon' }), nodeError('authentication-refused', /daemon/));
    });

    it('that is not there, or is none', async () => {
      await assert.rejects(connect({ identityFile: file('nothing') }), nodeError('bad-settings', /ENOENT/));
      await writeFile(file('text'), 'no key');
      await assert.rejects(connect({ identityFile: file('text') }), nodeError('bad-settings', /text/));
      await assert.rejects(
        connect({ identityFile: file('host_ed25519.pub') }),
        nodeError('bad-settings', /no private key/),
      );
    });
  });
});
