import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { THEME_KINDS, type Theme } from '../../../webview/fixture/contract';
import { SCENES, type Scene } from '../../../webview/fixture/scenes';
import { VIEWS } from '../../../webview/views';

import { useFixture } from './use-fixture';

const PICTURES = path.join(import.meta.dirname, '..', '..', '..', 'test-results', 'screenshots', 'inspector');

/** The parts of the page, each of which looks the same whatever the others are. */
const PARTS = ['mr-header', 'mr-banner', 'vscode-panels > [slot=end]', 'vscode-panel-view:not([hidden])'];

/** What is asked of a part that was looked at in another theme: its markup is the same. */
const COLOURS: axe.RunOptions = { runOnly: ['color-contrast'], resultTypes: ['violations'] };
const ALL: axe.RunOptions = { resultTypes: ['violations'] };

/** What axe finds wrong with these parts of the page; null: with all of it. The rule, and the elements. */
async function violations(page: Page, parts: string[] | null, options: axe.RunOptions): Promise<string[]> {
  const { violations } = await page.evaluate(
    ({ parts, options }): Promise<axe.AxeResults> => {
      const { run } = (window as unknown as { axe: typeof axe }).axe;
      return parts ? run({ include: parts }, options) : run(document, options);
    },
    { parts, options },
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} ${target.join(' ')}: ${failureSummary ?? ''}`),
  );
}

/** The markup of the parts that are there. */
function markup(page: Page): Promise<[part: string, html: string][]> {
  return page.evaluate(
    (parts) =>
      parts.flatMap((part): [string, string][] => {
        const element = document.querySelector(part);
        // The marks of templates are others in each page.
        return element ? [[part, element.outerHTML.replaceAll(/<!--.*?-->/gs, '')]] : [];
      }),
    PARTS,
  );
}

async function wear(page: Page, theme: Theme): Promise<void> {
  await page.evaluate(async (worn) => {
    window.fixture.wear(worn);
    // The toolkit takes a frame to follow.
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
  }, theme);
}

/** Fills in a connection, so that there is an explanation and what the kernel does. */
async function watchConnection(page: Page): Promise<void> {
  await page.locator('[data-field=destination] input').fill('10.0.0.1');
  await page.getByRole('button', { name: 'Watch live' }).click();
  await page.getByText('differs in 1 place').waitFor();
}

/**
 * Every view of every scene in every theme. Scenes have much in common: a part that was looked at in a theme, with the same
 * markup, is not looked at in it again.
 */
describe('inspector: looks', () => {
  const open = useFixture();
  const seen = new Set<string>();

  before(() => mkdir(PICTURES, { recursive: true }));

  for (const scene of Object.keys(SCENES) as Scene[]) {
    it(`is accessible in every theme: ${scene}`, async () => {
      const { page } = await open({ scene });
      await page.evaluate(axe.source);
      const found: string[] = [];
      const look = async (view: string): Promise<void> => {
        for (const theme of Object.keys(THEME_KINDS) as Theme[]) {
          await wear(page, theme);
          const fresh = (await markup(page)).filter(([, html]) => !seen.has(`${theme} ${html}`));
          if (fresh.length === 0) continue;
          for (const [, html] of fresh) seen.add(`${theme} ${html}`);
          const parts = fresh.map(([part]) => part);
          await page.screenshot({ path: path.join(PICTURES, `${scene}-${view}-${theme}.png`) });
          const wrong = await violations(page, parts, theme === 'dark' ? ALL : COLOURS);
          found.push(...wrong.map((each) => `${view}, ${theme}: ${each}`));
        }
      };
      for (const view of VIEWS) {
        await page.getByRole('tab', { name: view.title }).click();
        await page.locator(`mr-${view.id}`).waitFor();
        if (scene === 'ebpf' && view.id === 'trace') await watchConnection(page);
        await look(view.id);
      }
      await wear(page, 'dark');
      found.push(...(await violations(page, null, ALL)));
      assert.deepEqual(found, []);
    });
  }
});
