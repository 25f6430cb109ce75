import assert from 'node:assert/strict';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Cluster } from '../../playground/kind/cluster';
import type { KindPod } from '../../playground/kind/kind-pod';
import { kindFolder } from '../../tools/kind/install.mjs';
import { packageExtension } from '../../tools/package.mjs';
import { startVscode } from '../../tools/vscode-host.mjs';
import { Door } from './door';
import { BoardPage } from './pages/board-page';
import { launchBrowser } from './pages/browser';
import { Screenshots } from './pages/screenshots';
import { TerminalPage } from './pages/terminal-page';
import { Workbench } from './pages/workbench';
import { tellFailures } from './tell-failures';

describe('a kind cluster in a real VS Code', () => {
  const ends: (() => Promise<void>)[] = [];
  let cluster: Cluster;
  /** What VS Code reaches docker by. */
  let door: Door;
  let workbench: Workbench;
  let screenshots: Screenshots;
  let web: KindPod;
  let api: KindPod;
  let zoo: KindPod;

  before(async function () {
    this.timeout(300_000);
    cluster = await Cluster.start({ prefix: 'vscode' });
    ends.push(() => cluster.stop());
    const worker = cluster.node('worker');
    web = await worker.addPod({
      name: 'web',
      annotations: { 'flomesh.io/outbound-port-exclusion-list': '3306' },
    });
    zoo = await worker.addPod({ name: 'zoo' });
    api = await worker.addPod({ name: 'api', namespace: 'shop', sidecar: false });
    door = await Door.before(new URL(cluster.engine.environment['DOCKER_HOST'] ?? '').pathname);
    ends.push(() => door.remove());
    const vscode = await startVscode({
      vsix: await packageExtension(),
      environment: { DOCKER_HOST: `unix://${door.socket}` },
      settings: { 'terminal.integrated.gpuAcceleration': 'off' },
    });
    ends.push(() => vscode.stop());
    // VS Code takes its PATH from a login shell, so kind is where `go install` puts it.
    await mkdir(join(vscode.home, 'go', 'bin'), { recursive: true });
    await symlink(join(kindFolder(), 'kind'), join(vscode.home, 'go', 'bin', 'kind'));
    const browser = await launchBrowser();
    ends.push(() => browser.close());
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    workbench = await Workbench.open(context, vscode.url);
    screenshots = new Screenshots(workbench.page, { update: process.env['UPDATE_SCREENSHOTS'] === '1' });
  });

  after(async () => {
    for (const end of ends.reverse()) await end();
  });

  tellFailures(() => ({ workbench, screenshots }));

  it('is there without any set-up, its nodes beneath it', async () => {
    await workbench.nodes.open();
    assert.equal((await workbench.nodes.waitForRow('mesh', '2 nodes')).level, 1);
    assert.equal((await workbench.nodes.waitForRow('mesh-control-plane', 'not connected')).level, 2);
    await workbench.nodes.waitForRow('mesh-worker', 'not connected');
  });

  it('is connected as a whole, and shows its pods by their names', async () => {
    await workbench.nodes.pressInline('mesh', 'Connect All Nodes');
    await workbench.nodes.waitForRow('mesh', '2 connected');
    assert.equal((await workbench.nodes.waitForRow('default/web', 'none')).level, 3);
    await workbench.nodes.waitForRow('shop/api', 'none');
    await screenshots.take('20-kind');
  });

  it('shows what a pod’s own annotations say of its policy', async () => {
    await workbench.choose('Mesh Redirect: Show Effective Policy', [/workload/i, 'default/web']);
    await workbench.page
      .locator('.editor-instance .view-lines', { hasText: 'annotations of default/web' })
      .waitFor();
  });

  it('has a terminal opened in a pod, through the container that its node is', async () => {
    const terminal = new TerminalPage(workbench.page);
    await workbench.nodes.chooseInMenu('default/web', 'Open Terminal in Workload');
    const enter = `nsenter --net=/run/netns/${web.namespace}`;
    await terminal.waitFor(`$ docker exec --privileged --interactive --tty mesh-worker ${enter}`);
    await terminal.waitFor(/# *$/);
    await terminal.enter('echo "I am in $(ip netns identify $$) of $(hostname), as user $(id -u)"');
    await terminal.waitFor(`I am in ${web.namespace} of mesh-worker, as user 0`);
    await terminal.exit();
  });

  it('is filtered by namespace, and shown whole again', async () => {
    await workbench.quickInput.tick(
      'Mesh Redirect: Filter Workloads',
      /meshes/i,
      (label) => label === 'shop',
    );
    await workbench.nodes.waitForNoRow('default/web');
    await workbench.nodes.waitForRow('mesh-worker', '1 of 4');
    await workbench.runCommand('Mesh Redirect: Clear Filter');
    await workbench.nodes.waitForRow('default/web');
  });

  /** Rolls a mode out to the cluster, or to one of its nodes, and gives the board. */
  const rollOut = async (mode: string, onFailure: string, node?: string): Promise<BoardPage> => {
    const ofMode = ['are to be switched to', mode] as const;
    if (node === undefined) await workbench.choose('Mesh Redirect: Switch Cluster…', ofMode);
    else await workbench.choose('Mesh Redirect: Switch Node…', ['Node whose workloads', node], ofMode);
    const { message } = await workbench.dialog();
    assert.equal(message, `Switch 2 workloads of ${node ?? 'mesh'} to ${mode}?`);
    await workbench.pressInDialog(onFailure);
    return new BoardPage(workbench.page);
  };

  const closeBoard = async (): Promise<void> => {
    await workbench.clearNotifications();
    await workbench.runCommand('View: Close All Editors');
  };

  it('is switched as a whole, one workload first, on a board', async () => {
    const board = await rollOut('eBPF', 'Undo All on Failure');
    await board.waitForSummary('Done: 2 of 2 workloads switched and verified.');
    assert.deepEqual(await board.row('default/web'), { stage: 'done', verdict: 'eBPF' });
    assert.deepEqual(await board.row('default/zoo'), { stage: 'done', verdict: 'eBPF' });
    await screenshots.take('21-roll-out');
    await workbench.nodes.waitForRow('default/zoo', 'eBPF');
    await closeBoard();
  });

  it('can be cancelled on the board: what is at it is taken back, and nothing more begins', async () => {
    // A switch that nobody gets in to confirm stays armed.
    await door.whileShut(async () => {
      const board = await rollOut('iptables', 'Undo All on Failure');
      await board.waitForRow('default/web', 'Reach the node over another connection');
      await board.waitForSummary('0 of 2 workloads are through');
      await board.press('Cancel');
      await board.waitForSummary(
        'Cancelled: 0 of 2 workloads switched and verified, 1 brought back, 1 not begun.',
      );
      assert.deepEqual(await board.row('default/zoo'), { stage: 'waits', verdict: 'eBPF' });
    });
    await workbench.nodes.waitForRow('default/web', 'eBPF');
    await closeBoard();
  });

  it('stops at the first workload that fails, and brings the others back', async () => {
    // Seen with its sidecar, and without one when its turn comes.
    await cluster.node('worker').ctr('tasks', 'kill', '--signal', 'KILL', `${zoo.name}-sidecar`);
    const board = await rollOut('iptables', 'Undo All on Failure');
    await board.waitForSummary(
      'Stopped at a failure: 0 of 2 workloads switched and verified, 1 failed, 1 brought back.',
    );
    assert.deepEqual(await board.row('default/web'), { stage: 'brought back', verdict: 'eBPF' });
    assert.equal((await board.row('default/zoo')).stage, 'failed');
    await workbench.nodes.waitForRow('default/web', 'eBPF');
    await closeBoard();
  });

  it('has pods and nodes appear and disappear by themselves, also one that is looked into', async () => {
    await workbench.nodes.select('shop/api');
    await workbench.inspector.waitFor('shop/api');
    await api.delete();
    await workbench.inspector.banner(/gone|ended/);
    await workbench.nodes.waitForNoRow('shop/api');
    await cluster.node('control-plane').addPod({ name: 'late', namespace: 'shop', sidecar: false });
    await workbench.nodes.waitForRow('shop/late', 'none');
    await cluster.add('worker2');
    await workbench.nodes.waitForRow('mesh-worker2', 'not connected');
    await cluster.remove('worker2');
    await workbench.nodes.waitForNoRow('mesh-worker2');
  });

  it('is reached again after a node was started anew, and says that its pods have lost what was declared', async () => {
    await cluster.node('worker').restart();
    await workbench.nodes.waitForNoRow('default/web');
    await web.start();
    await workbench.nodes.waitForRow('default/web', 'none (declared eBPF)');
  });
});
