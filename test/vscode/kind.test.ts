import assert from 'node:assert/strict';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Cluster } from '../../playground/kind/cluster';
import type { KindPod } from '../../playground/kind/kind-pod';
import { kindFolder } from '../../tools/kind/install.mjs';
import { packageExtension } from '../../tools/package.mjs';
import { startVscode } from '../../tools/vscode-host.mjs';
import { BoardPage } from './pages/board-page';
import { launchBrowser } from './pages/browser';
import { Screenshots } from './pages/screenshots';
import { Workbench } from './pages/workbench';

describe('a kind cluster in a real VS Code', () => {
  const ends: (() => Promise<void>)[] = [];
  let cluster: Cluster;
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
    const { DOCKER_HOST = '' } = cluster.engine.environment;
    const vscode = await startVscode({ vsix: await packageExtension(), environment: { DOCKER_HOST } });
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

  afterEach(async function () {
    if (this.currentTest?.state !== 'failed') return;
    await screenshots.take(`failed-${this.currentTest.title.replaceAll(/\W+/g, '-')}`);
  });

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
    await workbench.runCommand('Mesh Redirect: Show Effective Policy');
    await workbench.quickInput.pick(/workload/i, 'default/web');
    await workbench.page
      .locator('.editor-instance .view-lines', { hasText: 'annotations of default/web' })
      .waitFor();
  });

  it('is filtered by namespace, and shown whole again', async () => {
    await workbench.runCommand('Mesh Redirect: Filter Workloads');
    await workbench.quickInput.waitFor(/meshes/i);
    await workbench.quickInput.tickOnly((label) => label === 'shop');
    await workbench.quickInput.accept();
    await workbench.nodes.waitForNoRow('default/web');
    await workbench.nodes.waitForRow('mesh-worker', '1 of 4');
    await workbench.runCommand('Mesh Redirect: Clear Filter');
    await workbench.nodes.waitForRow('default/web');
  });

  const rollOut = async (mode: string, onFailure: string): Promise<void> => {
    await workbench.runCommand('Mesh Redirect: Switch Cluster…');
    await workbench.quickInput.pick('are to be switched to', mode);
    assert.match((await workbench.dialog()).message, /^Switch 2 workloads of mesh/);
    await workbench.pressInDialog(onFailure);
  };

  it('is switched as a whole, one workload first, on a board', async () => {
    await rollOut('eBPF', 'Undo All on Failure');
    const board = new BoardPage(workbench.page);
    await board.waitForSummary('Done: 2 of 2 workloads switched and verified.');
    assert.deepEqual(await board.row('default/web'), { stage: 'done', verdict: 'eBPF' });
    assert.deepEqual(await board.row('default/zoo'), { stage: 'done', verdict: 'eBPF' });
    await screenshots.take('21-roll-out');
    await workbench.nodes.waitForRow('default/zoo', 'eBPF');
    await workbench.clearNotifications();
    await workbench.runCommand('View: Close All Editors');
  });

  it('stops at the first workload that fails, and brings the others back', async () => {
    // Seen with its sidecar, and without one when its turn comes.
    await cluster.node('worker').ctr('tasks', 'kill', '--signal', 'KILL', `${zoo.name}-sidecar`);
    await rollOut('iptables', 'Undo All on Failure');
    const board = new BoardPage(workbench.page);
    await board.waitForSummary(
      'Stopped at a failure: 0 of 2 workloads switched and verified, 1 failed, 1 brought back.',
    );
    assert.deepEqual(await board.row('default/web'), { stage: 'brought back', verdict: 'eBPF' });
    assert.equal((await board.row('default/zoo')).stage, 'failed');
    await workbench.nodes.waitForRow('default/web', 'eBPF');
    await workbench.clearNotifications();
    await workbench.runCommand('View: Close All Editors');
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
