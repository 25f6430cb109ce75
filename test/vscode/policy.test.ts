import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { REDIRECT_HOOKS } from '../../src/core/model';
import { packageExtension } from '../../tools/package.mjs';
import { EditorPage } from './pages/editor-page';
import { PreviewPage } from './pages/preview-page';
import { Screenshots } from './pages/screenshots';
import type { Workbench } from './pages/workbench';
import { Stage } from './stage';
import { tellFailures } from './tell-failures';

const FILE = 'mesh.mesh-redirect.yaml';
const WRONG = 'workload: pol-*\npolicy:\n  outboundPortExclusions: [5432, 70000]\n';
const RIGHT = 'workload: pol-*\npolicy:\n  outboundPortExclusions: [5432, 7000]\n';
const JSON_FILE = 'other.mesh-redirect.json';
const RULES_FILE = 'fsm.rules';
const WRONG_RULES = [
  '*nat',
  ':OUTPUT ACCEPT [0:0]',
  ':FSM_PROXY_OUT_REDIRECT - [0:0]',
  '-A OUTPUT -p tcp -j FSM_PROXY_OUT_REDIRECT',
  '-A FSM_PROXY_OUT_REDIRECT -p tcp -j REDIRECT --to-port 15001',
  '-A FSM_PROXY_OUT_REDIRECT -p tcp --dport 15000 -j ACCEPT',
  'COMMIT',
  '',
].join('\n');
const WRONG_JSON = '{ "workload": "nobody", "policy": { "outboundPortExclusions": [70000] } }\n';

describe('policies and the check of a node, in a real VS Code', () => {
  let stage: Stage;
  let workbench: Workbench;
  let editor: EditorPage;
  let preview: PreviewPage;
  let screenshots: Screenshots;

  before(async function () {
    this.timeout(300_000);
    stage = await Stage.open({
      vsix: await packageExtension(),
      prefix: 'pol',
      mode: 'iptables',
      nodeListed: true,
      files: { [FILE]: WRONG, [JSON_FILE]: WRONG_JSON, [RULES_FILE]: WRONG_RULES },
    });
    workbench = await stage.openWorkbench();
    editor = new EditorPage(workbench.page);
    preview = new PreviewPage(workbench.page);
    screenshots = new Screenshots(workbench.page, { update: false });
    await workbench.nodes.open();
    await workbench.nodes.pressInline(stage.nodeAddress, 'Connect');
    await workbench.nodes.waitForRow(stage.playground.client.namespace, 'iptables');
  });

  after(() => (stage as Stage | undefined)?.close());

  tellFailures(() => ({ workbench, screenshots }));

  it('underlines a wrong port in a policy file, and says what to do', async () => {
    await editor.openFile(FILE);
    await editor.waitForSquiggles(1);
    await workbench.runCommand('View: Focus Problems');
    const said = await editor.problem('70000');
    assert.match(said, /is not a TCP port or a range of ports.*Use a number from 1 to 65535/);
    await screenshots.take('policy-squiggle');
  });

  it('explains a JSON policy file by its schema, and underlines what is wrong once', async () => {
    await editor.openFile(JSON_FILE);
    assert.match(
      await editor.explanation('outboundPortExclusions'),
      /Outbound ports that are not redirected/,
    );
    await editor.waitForSquiggles(1);
    await workbench.runCommand('View: Close Editor');
  });

  it('switches nothing while a policy file is wrong', async () => {
    const { client } = stage.playground;
    await workbench.choose('Mesh Redirect: Switch to eBPF', [/workload/i, client.namespace]);
    const said = await workbench.notification('70000');
    assert.ok(said.includes(`${FILE}: policy.outboundPortExclusions[1]`), said);
    await workbench.nodes.waitForRow(client.namespace, 'iptables');
    await workbench.clearNotifications();
  });

  it('takes the file as it is on the disk, and shows which value comes from where', async () => {
    const folder = new URL(stage.vscode.url).searchParams.get('folder') ?? assert.fail('no folder is open');
    await writeFile(join(folder, FILE), RIGHT);
    await editor.waitForSquiggles(0);
    await workbench.choose('Mesh Redirect: Show Effective Policy', [
      /policy/i,
      stage.playground.client.namespace,
    ]);
    await editor.waitForTab(`${stage.playground.client.namespace}.yaml`);
    await editor.waitForText(`- 7000 # ${FILE}`);
    await editor.waitForText('outboundPort: 15001 # FSM’s defaults');
    await screenshots.take('policy-effective');
  });

  it('offers and explains the fields of a policy in YAML', async () => {
    await editor.openFile(FILE);
    const explained = await editor.explanation('outboundPortExclusions');
    assert.match(explained, /Outbound ports that are not redirected/);
    const offered = await editor.suggestions(3, '\n');
    assert.ok(offered.includes('podIpMode') && !offered.includes('outboundPortExclusions'), offered.join());
    await screenshots.take('policy-completion');
    await workbench.page.keyboard.press('Escape');
    await workbench.runCommand('File: Revert File');
  });

  it('checks the node, and shows what it found as a table', async () => {
    await workbench.tidy();
    await workbench.nodes.chooseInMenu(stage.nodeAddress, 'Check Node');
    const rows = await preview.table('Check of');
    const found = new Map(rows.map(([what = '', ...rest]) => [what, rest]));
    for (const what of ['Architecture', 'Kernel', 'Root', 'iptables', 'cgroup v2', 'bpffs', 'BTF', 'IPv6']) {
      assert.ok(found.has(what), `${what} is not in ${JSON.stringify(rows)}`);
    }
    for (const hook of REDIRECT_HOOKS) assert.equal(found.get(`Hook ${hook}`)?.[0], '✓ ok', hook);
    assert.match(found.get('BPF object')?.[1] ?? '', /is what its manifest names: 7 programs/);
    assert.match(await preview.text(), /eBPF mode is possible/);
    await screenshots.take('check-node');
  });

  it('underlines a rule that has no effect in a file of rules, and takes it out', async () => {
    await editor.openFile(RULES_FILE);
    await editor.waitForWarnings(1);
    await workbench.runCommand('View: Focus Problems');
    assert.match(await editor.problem('admin port'), /has no effect.*Rule 1 before it redirects it/);
    await screenshots.take('rules-problem');
    await editor.openFile(RULES_FILE);
    await editor.fixNext('Delete this rule, which has no effect');
    await editor.waitForWarnings(0);
    await screenshots.take('rules-fixed');
  });

  it('shows the rules of a workload as text, with what is wrong with them', async () => {
    const { namespace } = stage.playground.client;
    await workbench.choose('Mesh Redirect: Show Rules as Text', [/workload/i, namespace]);
    await editor.waitForTab(`${namespace}.rules`);
    await editor.waitForText('# IPv4, nft');
    await editor.waitForText(':FSM_PROXY_OUTBOUND - [0:0]');
    await screenshots.take('rules-as-text');
  });
});
