import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, rmdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AgentFiles, type Connection } from '../../src/nodes';
import { startAgent } from '../../src/nodes/agent/connect';
import { AGENT_DIRECTORIES } from '../../src/nodes/agent/bootstrap';
import { LocalRunner } from '../../src/nodes/local/local-runner';
import type { Runner } from '../../src/nodes/runner';
import { NO_QUESTIONS, nodeError, OwnAgent, Recorder } from './fixture';
import { Through } from './through';

/** This machine with these file systems mounted over it. */
function mounted(...mounts: string[]): Through {
  return new Through('unshare', '--mount', 'sh', '-ec', `${mounts.join('\n')}\nexec "$@"`, 'sh');
}

describe('a node that is not as it should be', () => {
  let agent: OwnAgent;
  let log: Recorder;
  let scratch: string;
  beforeEach(async () => {
    agent = await OwnAgent.create();
    log = new Recorder();
    scratch = await mkdtemp(path.join(tmpdir(), 'mesh-redirect-odd-'));
  });
  afterEach(async () => {
    await agent.remove();
    await rm(scratch, { recursive: true });
    // Made by a test, unless a real agent lives there.
    await rmdir('/opt/mesh-redirect').catch((error: unknown) => {
      if (!['ENOENT', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    });
  });

  function connect(runner: Runner, files = agent.files): Promise<Connection> {
    return startAgent('odd', runner, files, {
      prompts: NO_QUESTIONS,
      log,
      signal: new AbortController().signal,
    });
  }

  /** A PATH with the tools that we use, less some, and with others in their place. */
  async function tools(replaced: Record<string, string | null>): Promise<Through> {
    for (const name of ['sh', 'uname', 'id', 'ls', 'mkdir', 'chmod', 'rm', 'rmdir', 'sha256sum']) {
      const script = replaced[name];
      const file = path.join(scratch, name);
      if (script === undefined) await symlink(`/usr/bin/${name}`, file);
      else if (script !== null) await writeFile(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    return new Through('env', `PATH=${scratch}`);
  }

  it('whose first directory is mounted noexec: takes the next', async () => {
    await mkdir('/var/lib/mesh-redirect', { recursive: true, mode: 0o700 });
    const connection = await connect(mounted('mount -t tmpfs -o noexec,mode=700 t /var/lib/mesh-redirect'));
    connection.dispose();
    await connection.agent.closed;
    assert.deepEqual(log.steps(agent), ['survey', 'upload', 'survey']);
    assert.equal(log.commands.at(1)?.argv.at(-3), '/opt/mesh-redirect');
  });

  it('whose directories cannot be used: says of each why', async () => {
    const runner = mounted(
      'mount -t tmpfs -o noexec,mode=755 t /var/lib',
      'mount -t tmpfs -o mode=777 t /opt',
      'mount -t tmpfs -o ro,mode=755 t /usr/local/lib',
      'mount -t tmpfs -o mode=700,uid=65534 t /root',
    );
    await assert.rejects(connect(runner), (error) => {
      const [first, second, third, fourth] = AGENT_DIRECTORIES;
      nodeError('no-agent-directory', new RegExp(`${first}: programs in it cannot be run`))(error);
      nodeError('no-agent-directory', new RegExp(`${second}: others than root can write to it`))(error);
      nodeError('no-agent-directory', new RegExp(`${third}: cannot be created`))(error);
      return nodeError(
        'no-agent-directory',
        new RegExp(`${fourth}: others than root can write to it`),
      )(error);
    });
    assert.deepEqual(log.steps(agent), ['survey']);
  });

  it('whose disk is full: says so, with what the node said', async () => {
    const script = ['mount -t tmpfs -o size=64k,mode=755 t /var/lib', 'mkdir -m 700 /var/lib/mesh-redirect'];
    await assert.rejects(connect(mounted(...script)), nodeError('no-agent-directory', /No space left/));
  });

  it('that has another architecture', async () => {
    const runner = await tools({
      uname: 'case $1 in -m) echo riscv64;; *) echo Linux 6.1 riscv64;; esac',
    });
    await assert.rejects(connect(runner), nodeError('unsupported-architecture', /Linux on riscv64/));
    await assert.rejects(
      connect(new LocalRunner(), new AgentFiles(scratch)),
      nodeError('unsupported-architecture', /on x86_64/),
    );
  });

  it('that is no Linux', async () => {
    const runner = await tools({ uname: 'case $1 in -m) echo arm64;; *) echo Darwin 23.1 arm64;; esac' });
    await assert.rejects(connect(runner), nodeError('unsupported-architecture', /Darwin on arm64/));
  });

  it('that has no sha256sum', async () => {
    await assert.rejects(connect(await tools({ sha256sum: null })), nodeError('missing-tool', /sha256sum/));
  });

  it('that has no shell at all', async () => {
    await chmod(scratch, 0o700);
    await assert.rejects(
      connect(new Through(path.join(scratch, 'nothing'))),
      nodeError('no-shell', /ENOENT/),
    );
  });

  it('on which the bytes arrive changed: does not run them', async () => {
    const tampering = new Through(
      'sh',
      '-c',
      'case $* in *upload*) exec 0</etc/passwd ;; esac; exec "$@"',
      'sh',
    );
    await assert.rejects(connect(tampering), nodeError('agent-corrupt'));
    assert.deepEqual(log.steps(agent), ['survey', 'upload']);
  });

  it('on which something else answers than the agent', async () => {
    await mkdir(path.join(scratch, 'x86_64'));
    const script = '#!/bin/sh\necho hello\necho\nexec cat\n';
    await writeFile(path.join(scratch, 'x86_64', 'mesh-redirect-agent'), script);
    const other = new AgentFiles(scratch);
    await assert.rejects(connect(new LocalRunner(), other), nodeError('agent-protocol'));
    const [file] = await other.load();
    await rm(path.join(AGENT_DIRECTORIES[0], file?.name ?? ''));
  });
});
