import assert from 'node:assert/strict';
import { useFixture } from './use-fixture';

describe('inspector: history', () => {
  const open = useFixture();

  it('lists changes, the latest first, and compares one with the one before, or any two', async () => {
    const inspector = await open({ scene: 'ebpf' });
    const { page } = inspector;
    await page.getByRole('tab', { name: 'History' }).click();
    const rows = page.locator('mr-history li');
    assert.match(
      (await rows.allInnerTexts()).join('\n'),
      /7 hooks more[\s\S]*while Mesh[\s\S]*1 rule fewer[\s\S]*first seen/,
    );
    await rows.nth(1).getByText('Show change').click();
    assert.deepEqual(await inspector.posted('compare'), [{ type: 'compare', from: 1, to: 2 }]);
    await rows.nth(0).getByText('Compare from here').click();
    await rows.nth(2).getByText('Compare with').click();
    assert.deepEqual((await inspector.posted('compare')).at(-1), { type: 'compare', from: 1, to: 4 });
    await page.getByRole('textbox', { name: 'Filter' }).fill('hooks');
    assert.equal(await rows.count(), 1);
    await page.getByRole('button', { name: 'Export snapshot…' }).click();
    await page.getByRole('button', { name: 'Compare with workload…' }).click();
    await page.getByRole('button', { name: 'Compare modes' }).click();
    assert.equal((await inspector.posted('compareModes')).length, 1);
    assert.equal((await inspector.posted('exportSnapshot')).length, 1);
    assert.equal((await inspector.posted('compareWorkload')).length, 1);
  });

  it('shows a file without its node, and offers nothing that needs one', async () => {
    const { page } = await open({ scene: 'file' });
    await page.getByText('Nothing here is live.').waitFor();
    await page.locator('mr-rule-row').first().waitFor();
    await page.getByRole('tab', { name: 'History' }).click();
    await page.getByText('A file holds one moment').waitFor();
    await page.getByRole('tab', { name: 'Trace' }).click();
    assert.ok(await page.getByRole('button', { name: 'Explain' }).isDisabled());
    assert.ok(await page.getByRole('radio', { name: 'eBPF' }).isDisabled());
  });
});
