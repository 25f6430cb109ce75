import assert from 'node:assert/strict';
import type { Pod } from '../../playground/pod';
import { packageExtension } from '../../tools/package.mjs';
import { PreviewPage } from './pages/preview-page';
import { Screenshots } from './pages/screenshots';
import { TestExplorer, type TestRow } from './pages/test-explorer';
import { until } from './pages/until';
import type { Workbench } from './pages/workbench';
import { Stage } from './stage';
import { tellFailures } from './tell-failures';

describe('verifying with real connections, in a real VS Code', () => {
  let stage: Stage;
  let workbench: Workbench;
  let explorer: TestExplorer;
  let screenshots: Screenshots;
  let client: Pod;

  before(async function () {
    this.timeout(300_000);
    stage = await Stage.open({
      vsix: await packageExtension(),
      prefix: 'ver',
      mode: 'iptables',
      nodeListed: true,
    });
    ({ client } = stage.playground);
    workbench = await stage.openWorkbench();
    explorer = new TestExplorer(workbench.page, workbench.quickInput);
    screenshots = new Screenshots(workbench.page, { update: process.env['UPDATE_SCREENSHOTS'] === '1' });
    await workbench.nodes.open();
    await workbench.nodes.pressInline(stage.nodeAddress, 'Connect');
    await workbench.nodes.waitForRow(client.namespace, 'iptables');
  });

  after(() => (stage as Stage | undefined)?.close());

  tellFailures(() => ({ workbench, screenshots }));

  /** The tests of the client, as the Test Explorer shows them. */
  const tests = async () => (await explorer.rows()).filter(({ level }) => level === 3);

  /** Runs them, and waits until each has come to something. */
  const runTests = async () => {
    await explorer.run(client.namespace);
    const isDone = ({ state }: TestRow): boolean => /^(passed|failed|skipped)$/.test(state);
    return until(
      'every test of the client has been run',
      async () => {
        const rows = await tests();
        return rows.length > 5 && rows.every(isDone) && !(await explorer.isBusy()) ? rows : null;
      },
      () => '',
    );
  };

  it('finds what FSM’s own rules do not do', async () => {
    await workbench.choose('Mesh Redirect: Verify', [/verify/i, client.namespace]);
    // FSM has no control ports: an SSH session into the pod would be the sidecar's.
    const said = await workbench.notification(/\d+ of \d+ checks of/);
    assert.match(said, /failed: .*Inbound port 22 is not redirected/);
    await workbench.clearNotifications();
  });

  it('proves the policy of a workload by command, and shows what was seen', async () => {
    await workbench.choose('Mesh Redirect: Switch to iptables', [/workload/i, client.namespace]);
    await workbench.notification('now redirected by iptables');
    await workbench.clearNotifications();
    await workbench.nodes.chooseInMenu(client.namespace, 'Verify');
    const said = await workbench.notification('passed with real connections');
    assert.ok(said.includes(`checks of ${client.namespace} on ${stage.nodeAddress}`), said);
    await screenshots.take('verify-passed');
    await workbench.pressInNotification('passed with real connections', 'Show Details');
    const rows = await new PreviewPage(workbench.page).table('Checks of');
    assert.ok(rows.length > 5, `${rows.length} checks`);
    for (const [title, result] of rows) assert.notEqual(result, '✗ failed', title);
    await screenshots.take('verify-details');
    await workbench.runCommand('View: Close Editor');
    await workbench.clearNotifications();
  });

  it('lists a test for each clause of the policy of each redirected workload', async () => {
    await explorer.open();
    await explorer.expand(stage.nodeAddress);
    await explorer.expand(client.namespace);
    const rows = await explorer.rows();
    for (const pod of stage.playground.pods) assert.ok(rows.some(({ label }) => label === pod.namespace));
    assert.ok(!rows.some(({ label }) => label === 'host'));
    const passed = (await runTests()).filter(({ state }) => state === 'passed');
    assert.ok(passed.length > 5, JSON.stringify(passed));
    await screenshots.take('tests-passed');
  });

  it('turns exactly those tests red whose rule is removed by hand, and the verdict to partial', async () => {
    const before = await tests();
    const rule = await ruleWith(client, 'FSM_PROXY_INBOUND', '15010');
    await client.run(['iptables', '-t', 'nat', '-D', ...rule]);
    await workbench.nodes.open();
    await workbench.nodes.pressInline(stage.nodeAddress, 'Refresh');
    const { description } = await workbench.nodes.waitForRow(client.namespace, 'partial');
    assert.ok(description.includes('15010'), description);
    await workbench.statusBar('1 partial');
    await explorer.open();
    const after = await runTests();
    const red = after.filter(({ state }) => state === 'failed').map(({ label }) => label);
    const bypass = before.map(({ label }) => label).filter((label) => label.includes('bypass, IPv4'));
    assert.ok(bypass.length > 0);
    assert.deepEqual(red, ['Every rule of iptables mode is there', ...bypass]);
    await screenshots.take('tests-failed');
  });

  it('has them green again when a switch to the same mode has repaired it', async () => {
    await workbench.choose('Mesh Redirect: Switch to iptables', [/workload/i, client.namespace]);
    await workbench.notification('now redirected by iptables');
    const red = (await runTests()).filter(({ state }) => state === 'failed');
    assert.deepEqual(red, []);
  });
});

/** The words of the rule of a chain that names something, as `iptables -D` takes them. */
async function ruleWith(pod: Pod, chain: string, what: string): Promise<string[]> {
  const { stdout } = await pod.run(['iptables', '-t', 'nat', '-S', chain]);
  const rule = stdout.split('\n').find((line) => line.startsWith('-A') && line.includes(what));
  if (rule === undefined) throw new Error(`no rule of ${chain} names ${what}:\n${stdout}`);
  const words = rule.match(/"[^"]*"|\S+/g) ?? [];
  return words.slice(1).map((word) => word.replaceAll('"', ''));
}
