import assert from 'node:assert/strict';
import { startManyNodes, type ManyNodes } from './many-nodes';
import { Screenshots } from './pages/screenshots';
import { until } from './pages/until';
import { tellFailures } from './tell-failures';

const FEW = 20;
const NODES = 200;
const PODS = 50;
const MB = 1024 * 1024;
/** What the extension host may have in use with a thousand workloads, and by how much they may be more than none. Bytes. */
const LIMIT = 150 * MB;
const GROWTH = 45 * MB;

describe('two hundred nodes of fifty pods in a real VS Code', () => {
  let many: ManyNodes;
  let stop = (): Promise<void> => Promise.resolve();

  before(async function () {
    this.timeout(180_000);
    many = await startManyNodes(NODES, PODS, FEW);
    stop = () => many.stop();
  });

  after(async () => {
    await stop();
  });

  tellFailures(() => ({
    workbench: many.workbench,
    screenshots: new Screenshots(many.workbench.page, { update: false }),
  }));

  const counts = (of: ReadonlyMap<unknown, number>): ReadonlySet<number> => new Set(of.values());

  it('of which a thousand workloads of twenty nodes do with 150 MB in the extension host', async () => {
    const { workbench, host, fleet } = many;
    await workbench.nodes.open();
    await workbench.nodes.waitForRow('node-000', 'not connected');
    const before = await host.memory();
    await workbench.runCommand('Mesh Redirect: Connect All Nodes');
    await many.untilConnected(FEW);
    await many.untilObserved(FEW * (PODS + 1));
    await workbench.statusBar(`${FEW} nodes`);
    const { used } = await host.memory();
    const words = `${used / MB} MB, before ${before.used / MB} MB`;
    assert.ok(used < LIMIT, words);
    assert.ok(used - before.used < GROWTH, words);
    assert.deepEqual(counts(fleet.agents), new Set([1]));
  });

  it('are connected to by one connection and one agent each, while they are looked at', async () => {
    const { workbench, fleet } = many;
    await many.know(NODES);
    await workbench.nodes.waitForRow('node-020', 'not connected');
    await workbench.runCommand('Mesh Redirect: Connect All Nodes');
    // Its rows do not wait for those of the others, which nobody sees.
    await workbench.nodes.expand('node-003');
    await workbench.nodes.waitForRow('team-0/pod-003000', 'none');
    await many.untilConnected(NODES);
    await workbench.statusBar(`${NODES} nodes`);
    assert.deepEqual(counts(fleet.agents), new Set([1]));
    assert.deepEqual(counts(fleet.connections), new Set([1]));
    // As many rows as there is room for, and not thousands.
    const rows = await workbench.nodes.rows();
    assert.ok(rows.length < PODS, `${rows.length} rows`);
  });

  it('keep what is selected and open while all of it is read again', async () => {
    const { workbench, fleet } = many;
    await workbench.nodes.select('team-0/pod-003000');
    // It takes the keyboard when it is there, and a menu with it.
    await workbench.inspector.waitFor('team-0/pod-003000');
    const asked = (): number => fleet.nodes[3]?.asked.get('snapshot') ?? 0;
    const before = asked();
    await workbench.nodes.chooseInMenu('node-003', 'Refresh');
    await until('the node is read again', () => asked() > before + PODS);
    await workbench.nodes.waitForRow('team-0/pod-003000', 'none');
    assert.deepEqual(await workbench.nodes.selected(), ['team-0/pod-003000']);
  });

  it('are filtered, and what is left is counted', async () => {
    const { workbench } = many;
    await workbench.quickInput.tick(
      'Mesh Redirect: Filter Workloads',
      /meshes/i,
      (label) => label === 'team-3',
    );
    await workbench.nodes.waitForRow('node-003', `${PODS / 5} of ${PODS + 1}`);
    await workbench.nodes.waitForNoRow('team-0/pod-003000');
    await workbench.nodes.waitForRow('team-3/pod-003003', 'none');
    await workbench.runCommand('Mesh Redirect: Clear Filter');
    await workbench.nodes.waitForRow('team-0/pod-003000', 'none');
  });
});
