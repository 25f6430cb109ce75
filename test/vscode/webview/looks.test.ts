import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { THEME_KINDS, type Theme } from '../../../webview/fixture/contract';
import { SCENES, type Scene } from '../../../webview/fixture/scenes';
import { VIEWS } from '../../../webview/views';
import type { FixturePage } from './fixture-page';
import { useFixture } from './use-fixture';

const PICTURES = path.join(import.meta.dirname, '..', '..', '..', 'test-results', 'screenshots', 'inspector');

/** What axe finds wrong with the page as it is: the rule, and the elements. */
async function violations(inspector: FixturePage): Promise<string[]> {
  await inspector.page.evaluate(axe.source);
  const { violations } = await inspector.page.evaluate(() =>
    (window as unknown as { axe: typeof axe }).axe.run(document, { resultTypes: ['violations'] }),
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} ${target.join(' ')}: ${failureSummary ?? ''}`),
  );
}

/** Scenes that differ from others by what is around the views alone. */
const AROUND: readonly Scene[] = ['partial', 'switching'];

/**
 * Every view of every scene in one theme; in the others every view where there is most to see, and of the rest what is
 * around the views: the views themselves differ by colours alone, which that one has shown.
 */
const viewsOf = (scene: Scene, theme: Theme): typeof VIEWS =>
  scene === 'ebpf' || (theme === 'dark' && !AROUND.includes(scene))
    ? VIEWS
    : VIEWS.filter(({ id }) => id === 'chains');

/** Fills in a connection, so that there is an explanation and what the kernel does. */
async function watchConnection(page: Page): Promise<void> {
  await page.locator('[data-field=destination] input').fill('10.0.0.1');
  await page.getByRole('button', { name: 'Watch live' }).click();
  await page.getByText('differs in 1 place').waitFor();
}

describe('inspector: looks', () => {
  const open = useFixture();

  before(() => mkdir(PICTURES, { recursive: true }));

  for (const theme of Object.keys(THEME_KINDS) as Theme[]) {
    for (const scene of Object.keys(SCENES) as Scene[]) {
      it(`is accessible: ${scene}, ${theme}`, async () => {
        const inspector = await open({ scene, theme });
        const { page } = inspector;
        for (const view of viewsOf(scene, theme)) {
          await page.getByRole('tab', { name: view.title }).click();
          await page.locator(`mr-${view.id}`).waitFor();
          if (scene === 'ebpf' && view.id === 'trace') await watchConnection(page);
          await page.screenshot({ path: path.join(PICTURES, `${scene}-${view.id}-${theme}.png`) });
          assert.deepEqual(await violations(inspector), [], view.id);
        }
      });
    }
  }
});
