import assert from 'node:assert/strict';
import { join } from 'node:path';
import { run } from '../../playground/run';
import { AgentFiles, localNode } from '../../src/nodes';
import { packageExtension } from '../../tools/package.mjs';
import { NO_QUESTIONS, Recorder } from '../nodes/fixture';
import { Screenshots } from './pages/screenshots';
import type { Workbench } from './pages/workbench';
import { Stage } from './stage';
import { tellFailures } from './tell-failures';

/** A namespace whose pod is long gone, and left rules of three writers behind. */
const LEFT = 'left-behind';
const RULES = `*nat
:PROXY_INBOUND - [0:0]
:PROXY_IN_REDIRECT - [0:0]
:ISTIO_INBOUND - [0:0]
-A PREROUTING -p tcp -j PROXY_INBOUND
-A PREROUTING -p tcp -j PROXY_INBOUND
-A PROXY_INBOUND -p tcp -j PROXY_IN_REDIRECT
-A PROXY_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15003
-A ISTIO_INBOUND -p tcp -j REDIRECT --to-ports 15006
COMMIT
`;

/** Takes away the agents that other tests have put on this machine: a long list hides what is to be seen. */
async function removeOtherFiles(): Promise<void> {
  const signal = AbortSignal.timeout(60_000);
  const node = localNode(new AgentFiles(join(import.meta.dirname, '..', '..', 'dist', 'agent')));
  const connection = await node.connect({ prompts: NO_QUESTIONS, log: new Recorder(), signal });
  const { agent } = connection;
  const { files } = await agent.request('residue/list', {});
  await agent.request('residue/remove', { links: [], files: files.map(({ path }) => path) });
  connection.dispose();
  await agent.closed;
}

describe('cleaning up residue, in a real VS Code', () => {
  let stage: Stage;
  let workbench: Workbench;
  let screenshots: Screenshots;

  before(async function () {
    this.timeout(300_000);
    await run(['ip', 'netns', 'add', LEFT]);
    await run(['ip', 'netns', 'exec', LEFT, 'iptables-restore', '--noflush'], RULES);
    stage = await Stage.open({
      vsix: await packageExtension(),
      prefix: 'res',
      mode: 'iptables',
      nodeListed: true,
    });
    await removeOtherFiles();
    workbench = await stage.openWorkbench();
    screenshots = new Screenshots(workbench.page, { update: process.env['UPDATE_SCREENSHOTS'] === '1' });
    await workbench.nodes.open();
    await workbench.nodes.pressInline(stage.nodeAddress, 'Connect');
    await workbench.nodes.waitForRow(stage.playground.client.namespace, 'iptables');
  });

  after(async () => {
    await (stage as Stage | undefined)?.close();
    await run(['ip', 'netns', 'delete', LEFT]);
  });

  tellFailures(() => ({ workbench, screenshots }));

  const rulesLeft = async (): Promise<string> =>
    (await run(['ip', 'netns', 'exec', LEFT, 'iptables-save', '-t', 'nat'])).stdout.replace(/^#.*\n/gm, '');

  it('shows what serves nobody before anything is removed, ours ticked and others’ not', async () => {
    const before = await rulesLeft();
    await workbench.nodes.chooseInMenu(stage.nodeAddress, 'Clean Up Residue');
    await workbench.quickInput.waitFor('Clean Up Residue');
    const ticked = await workbench.quickInput.ticked();
    const fsm = [...ticked].filter(([label]) => label.startsWith(`${LEFT}: FSM’s`));
    const istio = [...ticked].filter(([label]) => label.startsWith(`${LEFT}: Istio’s`));
    assert.ok(fsm.length > 0 && fsm.every(([, isTicked]) => isTicked), JSON.stringify([...ticked]));
    assert.deepEqual(
      istio.map(([, isTicked]) => isTicked),
      [false],
    );
    // What redirects the pods of the playground is in use.
    assert.ok(![...ticked.keys()].some((label) => label.startsWith('res-')), JSON.stringify([...ticked]));
    // Beside, so that the list keeps the focus.
    const line = workbench.page.locator('.monaco-editor .view-line', { hasText: /-D\sPREROUTING/ });
    await line.first().waitFor();
    await screenshots.take('residue');
    assert.equal(await rulesLeft(), before);
  });

  it('removes what is ticked, and leaves the rest as it is', async () => {
    const before = await rulesLeft();
    await workbench.quickInput.tickOnly((label) => label.startsWith(`${LEFT}: FSM’s`));
    await workbench.quickInput.accept();
    await workbench.notification(/findings? removed from/);
    await screenshots.take('residue-removed');
    const left = await rulesLeft();
    assert.ok(!left.includes('PROXY_IN'), left);
    const istio = before.split('\n').filter((line) => line.includes('ISTIO'));
    for (const line of istio) assert.ok(left.includes(line.replace(/ \[.*\]$/, '')), left);
    await workbench.clearNotifications();
  });

  it('finds nothing of it a second time', async () => {
    await workbench.nodes.chooseInMenu(stage.nodeAddress, 'Clean Up Residue');
    await workbench.quickInput.waitFor('Clean Up Residue');
    const labels = [...(await workbench.quickInput.ticked()).keys()];
    assert.deepEqual(
      labels.filter((label) => label.startsWith(`${LEFT}: FSM’s`)),
      [],
    );
    assert.equal(labels.filter((label) => label.startsWith(`${LEFT}: Istio’s`)).length, 1);
    await workbench.quickInput.dismiss();
  });
});
