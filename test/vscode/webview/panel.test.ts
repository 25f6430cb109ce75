import assert from 'node:assert/strict';
import { THEME_KINDS, type Theme } from '../../../webview/fixture/contract';
import { HEADER, MAPS } from '../../../webview/fixture/recorded';
import { SCENES, type Scene } from '../../../webview/fixture/scenes';
import { useFixture } from './use-fixture';

const HOSTILE = '"><img src=x onerror="window.hurt=1"><script>window.hurt=1</script>${1}&amp;\u202e';

/** A word of a rule: without what would part or join words. */
const HOSTILE_CHAIN = HOSTILE.replaceAll(/[" ]/g, '');

const quoted = (text: string): string => `"${text.replaceAll('"', '\\"')}"`;

describe('inspector: panel', () => {
  const open = useFixture();

  it('says ready, then which view is shown, and tells of each other view', async () => {
    const inspector = await open();
    await inspector.showMaps();
    const said = await inspector.page.evaluate(() => window.fixture.posted.map(({ type }) => type));
    // Which rows are seen is told whenever their list has been laid out.
    assert.deepEqual(
      said.filter((type) => type !== 'seeRules' && type !== 'seeRows'),
      ['ready', 'showView', 'showView', 'openMap'],
    );
    assert.deepEqual(await inspector.posted('showView'), [
      { type: 'showView', view: 'chains' },
      { type: 'showView', view: 'maps' },
    ]);
  });

  it('names its tabs with what is in them', async () => {
    const inspector = await open();
    await inspector.page.getByRole('tab', { name: 'Chains, 15 chains' }).waitFor();
    await inspector.page.getByRole('tab', { name: 'Maps, 9 maps' }).waitFor();
    await inspector.send({ type: 'maps', maps: MAPS.slice(0, 1) });
    await inspector.page.getByRole('tab', { name: 'Maps, 1 map' }).waitFor();
  });

  it('comes back as it was left', async () => {
    const inspector = await open();
    await inspector.chain('FSM_PROXY_INBOUND').click();
    await inspector.showMaps();
    await inspector.page.getByRole('option', { name: 'counters' }).click();
    await inspector.page.getByRole('checkbox', { name: 'Raw bytes' }).click();
    await inspector.page.getByRole('textbox', { name: 'Filter' }).fill('CONNECT');
    await inspector.page.reload();
    await inspector.page.locator('mr-map-table h2', { hasText: 'counters' }).waitFor();
    await inspector.page.locator('mr-map-row .hex').first().waitFor();
    assert.equal(await inspector.page.getByRole('textbox', { name: 'Filter' }).inputValue(), 'CONNECT');
    assert.deepEqual(await inspector.posted('openMap'), [{ type: 'openMap', map: 42 }]);
    await inspector.page.getByRole('textbox', { name: 'Filter' }).fill('');
    await inspector.page.getByRole('tab', { name: 'Chains' }).click();
    assert.equal(await inspector.chain('FSM_PROXY_INBOUND').getAttribute('aria-expanded'), 'false');
  });

  it('keeps what the host finds its workload by, and begins anew from a state that is none', async () => {
    const inspector = await open();
    const { nodeId, workloadId } = JSON.parse((await inspector.kept()) ?? 'null') as Record<string, unknown>;
    assert.deepEqual({ nodeId, workloadId }, { nodeId: HEADER.nodeId, workloadId: HEADER.workloadId });
    await inspector.keep('{"view":7,"folded":[1],"map":{"id":"x"},"filter":null}');
    await inspector.page.reload();
    await inspector.page.locator('mr-rule-row').first().waitFor();
  });

  it('shows hostile text as text', async () => {
    const inspector = await open();
    const rule = {
      line: 2,
      text: `-m comment --comment ${quoted(HOSTILE)} -j ${HOSTILE_CHAIN}`,
      packets: 0,
      bytes: 0,
      ours: true,
    };
    const chain = { name: HOSTILE_CHAIN, policy: HOSTILE, line: 1, packets: 0, bytes: 0, redirects: true };
    await inspector.send({
      type: 'rulesets',
      rulesets: [
        {
          family: 'ipv4',
          backend: 'nft',
          tables: [{ name: HOSTILE, chains: [{ ...chain, rules: [rule] }] }],
        },
      ],
    });
    await inspector.send({
      type: 'header',
      header: { ...HEADER, workload: HOSTILE, node: HOSTILE, evidence: [HOSTILE] },
    });
    await inspector.send({ type: 'failure', message: HOSTILE, remedy: HOSTILE });
    assert.equal((await inspector.page.locator('mr-rule-row .jump').textContent())?.trim(), HOSTILE_CHAIN);
    await inspector.page.locator('mr-rule-row .jump').click();
    assert.equal(await inspector.page.evaluate(() => document.activeElement?.localName), 'mr-chain-row');
    const [first] = MAPS;
    assert.ok(first);
    await inspector.send({
      type: 'maps',
      maps: [{ ...first, id: 7, name: HOSTILE, type: HOSTILE, purpose: HOSTILE }],
    });
    await inspector.showMaps();
    const rows = [{ id: HOSTILE, cells: [{ text: HOSTILE, hex: '3c' }] }];
    await inspector.send({
      type: 'mapRows',
      map: 7,
      columns: [HOSTILE],
      rows,
      ...{ more: false, append: false, loading: false },
    });
    assert.equal(await inspector.page.locator('mr-map-row .text').textContent(), HOSTILE);
    assert.equal(await inspector.page.locator('img, body script').count(), 0);
    assert.equal(await inspector.page.evaluate(() => 'hurt' in window), false);
    assert.deepEqual(await inspector.refused(), []);
  });

  for (const theme of Object.keys(THEME_KINDS) as Theme[]) {
    it(`obeys the content security policy and takes its colours from the theme: ${theme}`, async () => {
      const inspector = await open({ theme });
      // What the policy refuses does not depend on the theme.
      for (const scene of theme === 'dark' ? (Object.keys(SCENES) as Scene[]) : (['live'] as const)) {
        await inspector.show({ scene, theme });
        await inspector.page.getByRole('tab', { name: 'Maps' }).click();
        assert.deepEqual(await inspector.refused(), [], scene);
        const [background, expected] = await inspector.page.evaluate(() => {
          const probe = document.createElement('span');
          probe.style.backgroundColor = 'var(--vscode-editor-background)';
          document.body.append(probe);
          return [document.body, probe].map((element) => getComputedStyle(element).backgroundColor);
        });
        assert.equal(background, expected);
      }
    });
  }
});
