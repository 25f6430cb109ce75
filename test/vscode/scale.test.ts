import assert from 'node:assert/strict';
import { copyFile, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { packageExtension } from '../../tools/package.mjs';
import { startVscode, type Vscode } from '../../tools/vscode-host.mjs';
import { Fleet } from '../simulated/fleet';
import { launchBrowser } from './pages/browser';
import { until } from './pages/until';
import { Workbench } from './pages/workbench';

const FEW = 20;
const NODES = 200;
const PODS = 50;
/** Nobody calls it a freeze below this; a frozen list is one for much longer. Milliseconds. */
const FREEZE = 5000;
/** The extension host ends where its objects take more than this many MB: it has to do with them. */
const LIMIT = '--max-old-space-size=150';

/** Whether the extension host of the VS Code with this home runs with the limit. */
async function isLimited(home: string): Promise<boolean> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const read = (pid: string, file: string): Promise<string> =>
    readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
  for (const pid of pids) {
    const argv = (await read(pid, 'cmdline')).split('\0');
    if (!argv.includes('--type=extensionHost')) continue;
    if ((await read(pid, 'environ')).split('\0').includes(`HOME=${home}`)) return argv.includes(LIMIT);
  }
  throw new Error('there is no extension host');
}

describe('two hundred nodes of fifty pods in a real VS Code', () => {
  const ends: (() => Promise<void>)[] = [];
  let fleet: Fleet;
  let vscode: Vscode;
  let workbench: Workbench;

  before(async function () {
    this.timeout(300_000);
    const vsix = await packageExtension();
    fleet = await Fleet.start(NODES, PODS, resolve('dist/agent'));
    ends.push(() => fleet.stop());
    vscode = await startVscode({
      vsix,
      machineSettings: settingsFor(FEW),
      nodeOptions: [LIMIT],
    });
    ends.push(() => vscode.stop());
    await copyFile(fleet.knownHostsFile, join(vscode.home, '.ssh', 'known_hosts'));
    const browser = await launchBrowser();
    ends.push(() => browser.close());
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    workbench = await Workbench.open(context, vscode.url);
  });

  after(async () => {
    for (const end of ends.reverse()) await end();
  });

  const settingsFor = (count: number): Record<string, unknown> => ({
    'meshRedirect.nodes': fleet.settings().slice(0, count),
    'meshRedirect.kind.show': false,
  });
  const snapshots = (count: number): number =>
    fleet.nodes.slice(0, count).reduce((sum, { asked }) => sum + (asked.get('snapshot') ?? 0), 0);

  /** How long the page did not do anything at the most while `work` went on. Milliseconds. */
  const longestPause = async (work: () => Promise<void>): Promise<number> => {
    const { page } = workbench;
    await page.evaluate(() => {
      const state = { last: performance.now(), longest: 0 };
      Object.assign(globalThis, { meshRedirectPauses: state });
      setInterval(() => {
        const now = performance.now();
        state.longest = Math.max(state.longest, now - state.last);
        state.last = now;
      }, 20);
    });
    await work();
    return await page.evaluate(
      () => (globalThis as unknown as { meshRedirectPauses: { longest: number } }).meshRedirectPauses.longest,
    );
  };

  it('of which a thousand workloads of twenty nodes do with 150 MB in the extension host', async () => {
    await workbench.nodes.open();
    await workbench.nodes.waitForRow('node-000', 'not connected');
    await workbench.runCommand('Mesh Redirect: Connect All Nodes');
    await until('every workload is observed', () => snapshots(FEW) >= FEW * (PODS + 1));
    assert.ok(await isLimited(vscode.home), 'the extension host has no limit');
    // An extension host that has ended is started anew, and there would be a second agent.
    assert.deepEqual(new Set(fleet.agents.values()), new Set([1]));
  });

  it('are connected at once, by one connection and one agent each, and can be used meanwhile', async () => {
    const file = join(vscode.home, '..', 'data', 'data', 'Machine', 'settings.json');
    // In one go: VS Code reads a file that is half written, and makes the best of it.
    await writeFile(`${file}.new`, JSON.stringify(settingsFor(NODES)));
    await rename(`${file}.new`, file);
    await workbench.nodes.waitForRow('node-020', 'not connected');
    const longest = await longestPause(async () => {
      await workbench.runCommand('Mesh Redirect: Connect All Nodes');
      await workbench.nodes.waitForRow('node-003', 'Linux');
      await workbench.nodes.toggle('node-003');
      await workbench.nodes.waitForRow('team-0/pod-003000', 'none');
      await until('every node has its agent', () => fleet.agents.size === NODES);
    });
    assert.ok(longest < FREEZE, `${longest} ms`);
    assert.deepEqual(new Set(fleet.agents.values()), new Set([1]));
    assert.deepEqual(new Set(fleet.connections.values()), new Set([1]));
  });

  it('keep what is selected and open while all of it is read again', async () => {
    await workbench.nodes.select('team-0/pod-003000');
    const asked = fleet.nodes[3]?.asked.get('snapshot') ?? 0;
    const longest = await longestPause(async () => {
      await workbench.nodes.chooseInMenu('node-003', 'Refresh');
      await until(
        'the node is read again',
        () => (fleet.nodes[3]?.asked.get('snapshot') ?? 0) > asked + PODS,
      );
    });
    assert.ok(longest < FREEZE, `${longest} ms`);
    assert.deepEqual(await workbench.nodes.selected(), ['team-0/pod-003000']);
  });
});
