import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { run } from '../../playground/run';
import { packageExtension } from '../../tools/package.mjs';
import { trafficGoesOn } from './main-job';
import { Screenshots } from './pages/screenshots';
import type { Workbench } from './pages/workbench';
import { Stage } from './stage';
import { tellFailures } from './tell-failures';

const GONE = 'vsc-gone';

describe('what goes wrong is said, in a real VS Code', () => {
  let stage: Stage;
  let workbench: Workbench;

  before(async function () {
    this.timeout(300_000);
    stage = await Stage.open({
      vsix: await packageExtension(),
      prefix: 'vsc',
      mode: 'iptables',
      nodeListed: true,
    });
    workbench = await stage.openWorkbench();
    await workbench.nodes.open();
  });

  after(() => (stage as Stage | undefined)?.close());

  tellFailures(() => ({ workbench, screenshots: new Screenshots(workbench.page, { update: false }) }));

  const connected = async () => {
    await workbench.nodes.pressInline(stage.nodeAddress, 'Connect');
    await workbench.nodes.waitForRow(stage.nodeAddress, 'Linux');
    await workbench.nodes.waitForRow(stage.playground.client.namespace, 'iptables');
  };

  it('refuses a host whose key has changed', async () => {
    const file = join(stage.vscode.home, '.ssh', 'known_hosts');
    const right = await readFile(file, 'utf8');
    const other = await newHostKey(stage.vscode.home);
    await writeFile(file, `[${stage.sshd.host}]:${stage.sshd.port} ${other}\n`);
    try {
      await workbench.nodes.pressInline(stage.nodeAddress, 'Connect');
      const said = await workbench.notification('is not the one in');
      assert.match(said, /remove line 1 of \S+known_hosts/);
      await workbench.nodes.waitForRow(stage.nodeAddress, 'is not the one in');
    } finally {
      await writeFile(file, right);
    }
    await workbench.clearNotifications();
  });

  it('says that nothing listens on a port, and what to do', async () => {
    const port = await closedPort();
    await workbench.quickInput.ask('Mesh Redirect: Add SSH Node', 'Where is the node?');
    await workbench.quickInput.answer('Where is the node?', `root@127.0.0.1:${port}`);
    await workbench.quickInput.answerWithEntry('Private key', stage.sshd.identityFile);
    const said = await workbench.notification(`Nothing listens on port ${port}`);
    await workbench.nodes.waitForRow(`root@127.0.0.1:${port}`, /refused|nothing listens|closed/i);
    assert.match(said, /ssh/i);
    await workbench.nodes.chooseInMenu(`root@127.0.0.1:${port}`, 'Remove Node');
    await workbench.nodes.waitForNoRow(`root@127.0.0.1:${port}`);
    await workbench.clearNotifications();
  });

  it('says that the agent was lost, and connects again', async () => {
    await connected();
    process.kill(agentPid(stage), 'SIGKILL');
    await workbench.nodes.waitForRow(stage.nodeAddress, 'disconnected: ');
    await connected();
    await trafficGoesOn(stage);
  });

  it('says in the inspector that the agent was lost, and goes on after Reconnect', async () => {
    const { namespace } = stage.playground.client;
    await workbench.nodes.select(namespace);
    await workbench.inspector.waitFor(namespace);
    await workbench.inspector.waitForChain('FSM_PROXY_OUTBOUND');
    process.kill(agentPid(stage), 'SIGKILL');
    await workbench.inspector.banner('Disconnected');
    await workbench.inspector.press('Reconnect');
    await workbench.nodes.waitForRow(stage.nodeAddress, 'Linux');
    await workbench.inspector.waitForNoBanner();
    await workbench.inspector.waitForChain('FSM_PROXY_OUTBOUND');
    await workbench.runCommand('View: Close Editor');
  });

  it('refuses a switch that would cut the traffic, because the sidecar does not listen', async () => {
    const { client } = stage.playground;
    await client.sidecar.stop();
    try {
      await workbench.choose('Mesh Redirect: Switch to eBPF', [/workload/i, client.namespace]);
      const said = await workbench.notification(/not listen|listens on/i);
      assert.match(said, /15001/);
      await workbench.nodes.waitForRow(client.namespace, 'iptables');
      const { stdout } = await client.run(['iptables-save', '-t', 'nat']);
      assert.match(stdout, /FSM_PROXY_OUT_REDIRECT/);
    } finally {
      await client.sidecar.start();
    }
    await stage.playground.waitForRequests(10);
    await workbench.clearNotifications();
  });

  it('says that a workload has vanished while it was inspected', async () => {
    await run(['ip', 'netns', 'add', GONE]);
    try {
      await workbench.nodes.pressInline(stage.nodeAddress, 'Refresh');
      await workbench.nodes.waitForRow(GONE, 'none');
      await workbench.nodes.select(GONE);
      await workbench.inspector.waitFor(GONE);
    } finally {
      await run(['ip', 'netns', 'delete', GONE]);
    }
    await workbench.inspector.banner(/gone/i);
    await workbench.nodes.waitForNoRow(GONE);
  });
});

/** The agent that serves VS Code: a descendant of the stage's own sshd. */
function agentPid(stage: Stage): number {
  const lines = execFileSync('ps', ['-e', '-o', 'pid=,ppid=,comm='], { encoding: 'utf8' }).trim().split('\n');
  const processes = lines.map((line) => {
    const [pid, parent, ...comm] = line.trim().split(/\s+/);
    return { pid: Number(pid), parent: Number(parent), comm: comm.join(' ') };
  });
  const below = (pid: number): typeof processes =>
    processes.filter(({ parent }) => parent === pid).flatMap((child) => [child, ...below(child.pid)]);
  const agent = below(stage.sshd.pid).find(({ comm }) => comm.startsWith('agent-'));
  if (!agent) throw new Error(`no agent runs below sshd:\n${lines.join('\n')}`);
  return agent.pid;
}

/** A port of 127.0.0.1 that nothing listens on. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

/** `ssh-ed25519 AAAA...`: a key that no host has. */
async function newHostKey(directory: string): Promise<string> {
  const file = join(directory, 'other_host_key');
  await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file]);
  return (await readFile(`${file}.pub`, 'utf8')).trim();
}
