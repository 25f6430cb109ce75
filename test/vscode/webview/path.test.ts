import assert from 'node:assert/strict';
import { NAT } from '../../../webview/fixture/recorded';
import { rulesetFrom } from '../../../webview/fixture/save-text';
import { useFixture } from './use-fixture';

const NFT = { family: 'ipv4', backend: 'nft' } as const;
const NODE = (lane: string, id: string): string => `section[aria-label="${lane}"] [data-node="${id}"]`;

describe('inspector: path', () => {
  const open = useFixture();

  it('shows hooks and chains from top to bottom in the order of the kernel', async () => {
    const inspector = await open({ scene: 'ebpf' });
    await inspector.page.getByRole('tab', { name: 'Path' }).click();
    const heights = async (lane: string, ids: string[]): Promise<number[]> =>
      Promise.all(
        ids.map(
          async (id) => (await inspector.page.locator(NODE(lane, id)).boundingBox())?.y ?? assert.fail(id),
        ),
      );
    const outbound = [
      'application',
      'connect4 1',
      'connect4 2',
      'ipv4/nft/nat/OUTPUT',
      'ipv4/nft/filter/OUTPUT',
    ];
    const ways = [
      await heights('Outbound', [...outbound, 'network']),
      await heights('Inbound', [
        'network',
        'ipv4/nft/nat/PREROUTING',
        'sk_lookup 1',
        'sidecar',
        'application',
      ]),
    ];
    for (const way of ways)
      assert.deepEqual(
        way,
        [...way].sort((a, b) => a - b),
      );
  });

  it('dims what is pre-empted, and says by what', async () => {
    const inspector = await open({ scene: 'ebpf' });
    await inspector.page.getByRole('tab', { name: 'Path' }).click();
    const chain = inspector.page.getByRole('link', {
      name: /^FSM_PROXY_OUT_REDIRECT, nat, nft, pre-empted: connect4/,
    });
    assert.match((await chain.getAttribute('class')) ?? '', /preempted/);
    const lookup = inspector.page.getByRole('link', {
      name: /^sk_lookup, .*pre-empted: The rules of nat PREROUTING/,
    });
    assert.equal(await lookup.count(), 1);
    const live = await open();
    await live.page.getByRole('tab', { name: 'Path' }).click();
    await live.page.locator(NODE('Outbound', 'sidecar')).waitFor();
    assert.equal(await live.page.locator('.node.preempted').count(), 0);
  });

  it('says how many connections go along an edge', async () => {
    const inspector = await open();
    await inspector.page.getByRole('tab', { name: 'Path' }).click();
    const line = NAT.split('\n').findIndex((text) => text.includes('--to-ports 15001'));
    await inspector.send({ type: 'counters', ruleset: NFT, counters: [[line, 331, 19860]], seconds: 2 });
    assert.equal(await inspector.page.locator('.edge.used .edge-rate').textContent(), '10/s');
    const hooked = await open({ scene: 'ebpf' });
    await hooked.page.getByRole('tab', { name: 'Path' }).click();
    const count = (redirected: number) =>
      hooked.send({ type: 'hookCounts', counts: { 'connect redirected': redirected }, seconds: 2 });
    await count(100);
    await count(130);
    await hooked.page.getByRole('img', { name: 'connect4 to sidecar: 15/s' }).waitFor();
  });

  it('leads to the chain or the program, by mouse and by keyboard', async () => {
    const inspector = await open({ scene: 'ebpf' });
    const { page } = inspector;
    await page.getByRole('tab', { name: 'Path' }).click();
    await page.locator(NODE('Inbound', 'ipv4/nft/nat/FSM_PROXY_IN_REDIRECT')).click();
    await inspector.focused(/^ipv4.nft.nat.FSM_PROXY_IN_REDIRECT$/);
    await page.getByRole('tab', { name: 'Path' }).click();
    await page.locator(NODE('Outbound', 'connect4 2')).focus();
    await page.keyboard.press('Enter');
    await page.locator('mr-programs [data-program="120"]:focus').waitFor();
  });

  it('folds chains that do not redirect, and unfolds them on demand', async () => {
    const inspector = await open();
    const { page } = inspector;
    await page.getByRole('tab', { name: 'Path' }).click();
    const names = Array.from({ length: 200 }, (_, index) => `KUBE-SVC-${index}`);
    const text = [
      '*nat',
      ':OUTPUT ACCEPT [0:0]',
      ':FSM_PROXY_OUTBOUND - [0:0]',
      ...names.map((name) => `:${name} - [0:0]`),
      '[0:0] -A OUTPUT -p tcp -j FSM_PROXY_OUTBOUND',
      ...names.map((name) => `[0:0] -A OUTPUT -d 10.0.0.1/32 -j ${name}`),
      '[0:0] -A FSM_PROXY_OUTBOUND -p tcp -j REDIRECT --to-ports 15001',
      'COMMIT',
    ].join('\n');
    await inspector.send({ type: 'rulesets', rulesets: [rulesetFrom(text, 'ipv4', 'nft')] });
    const folded = page.getByRole('link', { name: '200 other chains' });
    assert.ok((await page.locator('.node').count()) < 12);
    await folded.click();
    await page.getByRole('link', { name: 'KUBE-SVC-199' }).waitFor();
    await page.getByRole('textbox', { name: 'Filter' }).fill('svc-199');
    assert.equal(await page.locator('.member.hit').count(), 1);
    await page.getByRole('radio', { name: 'IPv6' }).click();
    await page.locator(NODE('Outbound', 'ipv4/nft/nat/OUTPUT')).waitFor({ state: 'detached' });
  });
});
