import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { APPLICATION_PORT } from '../../playground/application';
import { APPLICATION_UID, type Pod } from '../../playground/pod';
import { run } from '../../playground/run';
import { HAZARDS } from '../../src/core/acceleration';
import { packageExtension } from '../../tools/package.mjs';
import { holderOf } from './holder-of';
import { trafficGoesOn } from './main-job';
import { DiffPage } from './pages/diff-page';
import { PreviewPage } from './pages/preview-page';
import { Screenshots } from './pages/screenshots';
import { until } from './pages/until';
import type { Workbench } from './pages/workbench';
import { rulesOf, withoutCounters } from './saved-rules';
import { nodeSetting, Stage } from './stage';
import { tellFailures } from './tell-failures';

const ARMED = 'armed: Reach the node over another connection';

describe('a switch that cannot hurt, in a real VS Code', () => {
  let stage: Stage;
  let workbench: Workbench;
  let screenshots: Screenshots;
  let client: Pod;

  before(async function () {
    this.timeout(300_000);
    stage = await Stage.open({
      vsix: await packageExtension(),
      prefix: 'safe',
      mode: 'iptables',
      nodeListed: true,
      // Nothing here is to be decided by a deadline.
      settings: { 'meshRedirect.switch.deadline': 300 },
    });
    ({ client } = stage.playground);
    workbench = await stage.openWorkbench();
    screenshots = new Screenshots(workbench.page, { update: process.env['UPDATE_SCREENSHOTS'] === '1' });
    await connect(workbench);
  });

  after(() => (stage as Stage | undefined)?.close());

  tellFailures(() => ({ workbench, screenshots }));

  const connect = async (window: Workbench): Promise<void> => {
    await window.nodes.open();
    await window.nodes.pressInline(stage.nodeAddress, 'Connect');
    await window.nodes.waitForRow(client.namespace, /iptables|eBPF/);
  };

  /** While nobody new gets in, a switch stays armed. Connections that there are go on. */
  const whileNobodyGetsIn = async (work: () => Promise<void>): Promise<void> => {
    process.kill(stage.sshd.pid, 'SIGSTOP');
    try {
      await work();
    } finally {
      process.kill(stage.sshd.pid, 'SIGCONT');
    }
  };

  /** Hooks that only answer for connections of the time between may stay until these have closed. */
  const redirectsByHooks = (): boolean =>
    existsSync(`/sys/fs/bpf/mesh-redirect/${client.workloadId}/connect4`);

  it('previews a switch in the diff editor, and changes nothing', async () => {
    const before = await rulesOf(client);
    await workbench.choose(
      'Mesh Redirect: Preview Switch',
      [/workload/i, client.namespace],
      ['would be switched to', 'eBPF'],
    );
    const diff = new DiffPage(workbench.page);
    const sides = await diff.sides(`${client.namespace}: Switch to eBPF (preview)`);
    assert.match(sides.before, /FSM_PROXY_OUTBOUND/);
    assert.match(sides.after, /connect4/);
    const said = await workbench.notification('Nothing was changed yet');
    assert.match(said, /open connections? keeps? (its|their) way/);
    await screenshots.take('10-preview');
    assert.equal(await rulesOf(client), before);
    assert.ok(!redirectsByHooks(), 'a hook was attached');
  });

  it('shows the steps of a previewed switch, and what becomes of each connection', async () => {
    await workbench.pressInNotification('Nothing was changed yet', 'Show Steps');
    const preview = new PreviewPage(workbench.page);
    const rows = await preview.table('Switch to eBPF');
    assert.ok(rows.length > 0);
    for (const [, , afterwards] of rows) assert.equal(afterwards, '✓ goes on');
    const command = new RegExp(`nsenter --net=/run/netns/${client.namespace} iptables\\S*-restore --noflush`);
    assert.match(await preview.text(), command);
    await screenshots.take('switch-steps');
  });

  it('copies the command that does a step by hand', async () => {
    await workbench.pressInNotification('Nothing was changed yet', 'Copy Command…');
    await workbench.quickInput.pick('Step whose command to copy', '-restore');
    const copied = await workbench.clipboard((text) => text.includes('-restore'));
    assert.match(copied, /^nsenter .* <<'MESH_REDIRECT'\n\*nat\n[^]*COMMIT\nMESH_REDIRECT$/);
  });

  it('takes a switch back that is cancelled before it is confirmed', async () => {
    const before = await rulesOf(client);
    await whileNobodyGetsIn(async () => {
      await workbench.pressInNotification('Nothing was changed yet', 'Switch Now');
      await workbench.notification(ARMED);
      assert.ok(redirectsByHooks(), 'nothing was switched yet');
      await screenshots.take('switch-armed');
      await workbench.pressInNotification(ARMED, 'Cancel');
      await workbench.notification('The switch was cancelled');
    });
    assert.match(await workbench.notification('The switch was cancelled'), /taken back/);
    await workbench.nodes.waitForRow(client.namespace, /^iptables/);
    assert.equal(await rulesOf(client), before);
    assert.ok(!redirectsByHooks(), 'a hook stayed attached');
    await trafficGoesOn(stage);
    await workbench.clearNotifications();
  });

  it('tells a second window who holds a workload, and since when', async () => {
    const second = await stage.openWorkbench();
    await connect(second);
    const switchToEbpf = async (window: Workbench): Promise<void> => {
      await window.choose('Mesh Redirect: Switch to eBPF', [/workload/i, client.namespace]);
    };
    await whileNobodyGetsIn(async () => {
      await switchToEbpf(workbench);
      await workbench.notification(ARMED);
      await switchToEbpf(second);
      const said = await second.notification('holds this workload since');
      assert.ok(said.includes(`${userInfo().username}@${hostname()}`), said);
      assert.match(said, /waits for its confirmation.*Wait until it is over/);
      await new Screenshots(second.page, { update: false }).take('switch-held');
    });
    await workbench.notification('now redirected by eBPF');
    await workbench.nodes.waitForRow(client.namespace, /^eBPF/);
    await second.page.context().close();
    await trafficGoesOn(stage);
  });

  it('accelerates a workload once a person has read what cannot be made safe, and ends it', async () => {
    const { nodes } = workbench;
    await workbench.clearNotifications();
    await nodes.chooseInMenu(client.namespace, 'Turn On Acceleration');
    const { message, detail } = await workbench.dialog();
    assert.ok(message.includes(client.namespace), message);
    for (const hazard of HAZARDS) assert.ok(detail.includes(hazard), detail);
    await screenshots.take('acceleration');
    await workbench.pressInDialog('Turn On Acceleration');
    await workbench.notification(`${client.namespace} on ${stage.nodeAddress} is accelerated`);
    await nodes.waitForRow(client.namespace, /^eBPF \(accelerated/);
    await trafficGoesOn(stage);
    await nodes.chooseInMenu(client.namespace, 'Turn Off Acceleration');
    await workbench.notification(/is accelerated no more\. Accelerated: /);
    await nodes.waitForRow(client.namespace, /^eBPF(?! \(accelerated)/);
    await trafficGoesOn(stage);
    await workbench.clearNotifications();
  });

  it('has our programs tell of a connection in eBPF mode, and leaves nothing behind', async () => {
    const { inspector } = workbench;
    await workbench.nodes.select(client.namespace);
    await inspector.waitFor(client.namespace);
    await inspector.showView('Trace');
    // The sidecar has connections to the same port, which go on.
    const { address } = stage.playground.server;
    await inspector.trace.pick(`out: user ${APPLICATION_UID} → ${address}:${APPLICATION_PORT}`);
    const { stations, conclusion } = await inspector.trace.explain();
    assert.match(stations[0] ?? '', /eBPF hooks/);
    assert.match(conclusion, /outbound port 15001/);
    await inspector.trace.button('Watch live').click();
    await inspector.trace.live(/connect redirected \+\d+/);
    await screenshots.take('trace-live-ebpf');
    await inspector.trace.stop();
    await until('no table of a trace is left in the pod', async () => {
      const { stdout } = await client.run(['nft', 'list', 'tables']);
      return !stdout.includes('mesh-redirect-trace');
    });
  });

  it('keeps a workload in a file, and shows that without its node', async () => {
    const { inspector } = workbench;
    await workbench.choose('Mesh Redirect: Export Snapshot', [/snapshot of/i, client.namespace]);
    await workbench.quickInput.takeOfferedFile('Export a snapshot of');
    await workbench.pressInNotification('was written', 'Open');
    await inspector.waitForFile(client.namespace);
    await inspector.waitForVerdict('eBPF');
    await inspector.banner(/taken on/);
    await inspector.showView('Maps');
    await inspector.openMap('origins');
    await inspector.waitForEntry(`${stage.playground.server.address}:${APPLICATION_PORT}`);
    await screenshots.take('inspector-file');
    await workbench.clearNotifications();
  });

  it('has the inspector as it was after the window was reloaded, and goes on once its node is connected', async () => {
    const { inspector } = workbench;
    await workbench.reload();
    await inspector.bringToFront(client.namespace);
    await inspector.banner('Disconnected');
    await connect(workbench);
    await inspector.waitForNoBanner();
    await inspector.waitForVerdict('eBPF');
    assert.equal(await inspector.trace.destination(), stage.playground.server.address);
  });

  it('rolls back to what was before, also after the window was reloaded', async () => {
    await workbench.nodes.chooseInMenu(client.namespace, 'Roll Back');
    const { message, detail } = await workbench.dialog();
    assert.ok(message.includes(client.namespace) && message.includes(stage.nodeAddress), message);
    assert.match(detail, /Node: .*\nNamespace: .*\nPod: /);
    assert.match(detail, /from iptables to eBPF/);
    await screenshots.take('roll-back');
    await workbench.pressInDialog('Roll Back');
    await workbench.notification('as it was before the last switch: redirected by iptables');
    await workbench.nodes.waitForRow(client.namespace, /^iptables/);
    assert.match(await rulesOf(client), /-A FSM_PROXY_OUT_REDIRECT -p tcp -j REDIRECT/);
    await trafficGoesOn(stage);
    await workbench.clearNotifications();
    await workbench.runCommand('Mesh Redirect: Roll Back');
    await workbench.notification('No switch is remembered');
    await workbench.clearNotifications();
  });

  it('says after connecting what was cut off, and that it was taken back', async () => {
    const before = await rulesOf(client);
    await whileNobodyGetsIn(async () => {
      await workbench.choose('Mesh Redirect: Switch to eBPF', [/workload/i, client.namespace]);
      await workbench.notification(ARMED);
      process.kill(await holderOf(`/run/mesh-redirect/${client.workloadId}`), 'SIGKILL');
    });
    await workbench.notification(/failed|has ended|by itself/);
    await workbench.clearNotifications();
    await workbench.nodes.pressInline(stage.nodeAddress, 'Disconnect');
    await workbench.nodes.waitForRow(stage.nodeAddress, 'not connected');
    await connect(workbench);
    const said = await workbench.notification('was cut off and has been taken back');
    assert.ok(said.includes(`"Switch to eBPF" of ${client.namespace}`), said);
    assert.ok(said.includes(`${userInfo().username}@${hostname()}`), said);
    await screenshots.take('recovered');
    await workbench.nodes.waitForRow(client.namespace, /^iptables/);
    assert.equal(await rulesOf(client), before);
    await trafficGoesOn(stage);
    await workbench.clearNotifications();
  });

  it('switches the node itself only for whoever types its name', async () => {
    const rules = async (): Promise<string> => withoutCounters((await run(['iptables-save'])).stdout);
    const before = await rules();
    const { quickInput } = workbench;
    await workbench.choose('Mesh Redirect: Switch to eBPF', [/workload/i, 'host']);
    await quickInput.waitFor(
      new RegExp(`Port ${stage.sshd.port}, by which it is reached over SSH, stays exempt`),
    );
    await screenshots.take('host-guard');
    assert.match(await quickInput.complaintAbout('yes'), /Type ".*" to go on/);
    await quickInput.dismiss();
    await workbench.choose('Mesh Redirect: Switch to eBPF', [/workload/i, 'host']);
    await quickInput.answer('the node', stage.nodeAddress);
    // No sidecar runs there: even forced, its traffic is not cut off.
    await workbench.notification('Nobody listens on port 15003');
    assert.equal(await rules(), before);
    await workbench.clearNotifications();
  });

  it('has the kernel tell of rules of both back-ends, as they were explained', async () => {
    const { inspector } = workbench;
    const { address } = stage.playground.server;
    const rule = ['-p', 'tcp', '--dport', `${APPLICATION_PORT}`, '-m', 'comment', '--comment', 'by hand'];
    await client.run(['iptables-legacy', '-t', 'nat', '-A', 'OUTPUT', ...rule, '-j', 'ACCEPT']);
    await workbench.nodes.select(client.namespace);
    await inspector.waitFor(client.namespace);
    await inspector.showView('Trace');
    await inspector.trace.pick(`out: user ${APPLICATION_UID} → ${address}:${APPLICATION_PORT}`);
    const { stations, conclusion } = await inspector.trace.explain();
    assert.deepEqual([stations.length, stations.filter((said) => said.includes('legacy')).length], [2, 1]);
    assert.match(conclusion, /outbound port 15001/);
    await inspector.trace.button('Watch live').click();
    for (const said of [/nat \(legacy\) OUTPUT, rule 1/, /nat FSM_PROXY_OUT_REDIRECT, rule 1/])
      await inspector.trace.live(said);
    assert.doesNotMatch(await inspector.trace.live('as explained'), /differs/);
    await screenshots.take('trace-live-legacy');
    await inspector.trace.stop();
  });

  it('shows in the diff editor the two modes, two moments and two workloads', async () => {
    const { inspector, quickInput } = workbench;
    const diff = new DiffPage(workbench.page);
    await workbench.choose('Mesh Redirect: Compare Modes', [/workload/i, client.namespace]);
    const modes = `${client.namespace}: iptables mode ↔ eBPF mode`;
    assert.match((await diff.sides(modes)).before, /-A FSM_PROXY_OUT_REDIRECT/);
    await until('the hooks are there, at the end', async () => {
      await workbench.page.keyboard.press('Control+End');
      return (await diff.sides(modes)).after.includes('connect4');
    });
    await screenshots.take('compare-modes');
    await inspector.bringToFront(client.namespace);
    await inspector.showView('History');
    await inspector.showChange('1 rule more, 4 chains more');
    const moments = await diff.sides(new RegExp(`${client.namespace}: \\d.* ↔ \\d`));
    assert.ok(moments.after.includes('--comment "by hand"') && !moments.before.includes('by hand'));
    await inspector.bringToFront(client.namespace);
    await inspector.press('Compare with workload…');
    await quickInput.pick('Workload to compare', stage.playground.server.namespace);
    const workloads = await diff.sides(new RegExp(`${client.namespace} ↔ `));
    assert.ok(workloads.before.includes('by hand') && !workloads.after.includes('by hand'));
    await screenshots.take('compare-workloads');
  });

  it('offers in the inspector only what reads, where the node is set to read-only', async () => {
    const { inspector, nodes } = workbench;
    const settings = { 'meshRedirect.nodes': [{ ...nodeSetting(stage.sshd), readOnly: true }] };
    const { machineSettings } = stage.vscode;
    await writeFile(`${machineSettings}.new`, JSON.stringify(settings));
    await rename(`${machineSettings}.new`, machineSettings);
    await nodes.waitForRow(stage.nodeAddress, 'not connected');
    await connect(workbench);
    await inspector.bringToFront(client.namespace);
    await inspector.waitForNoBanner();
    await inspector.showView('Trace');
    assert.match((await inspector.trace.explain()).conclusion, /outbound port 15001/);
    assert.notEqual(await inspector.trace.button('Watch live').getAttribute('disabled'), null);
    await screenshots.take('inspector-read-only');
  });
});
