import type { Browser } from 'playwright-core';
import type { Theme } from '../../../webview/fixture/contract';
import type { Scene } from '../../../webview/fixture/scenes';
import { launchBrowser } from '../pages/browser';
import { FixturePage } from './fixture-page';
import { serveFixture, type FixtureServer } from './fixture-server';

/** For a `describe`: gives a function that opens the inspector in a page, which is closed after the test. */
export function useFixture(): (options?: { scene?: Scene; theme?: Theme }) => Promise<FixturePage> {
  let server: FixtureServer | undefined;
  let browser: Browser | undefined;
  const open: FixturePage[] = [];

  before(async () => {
    server = await serveFixture();
    browser = await launchBrowser();
  });

  afterEach(async () => {
    await Promise.all(open.splice(0).map((page) => page.close()));
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  return async (options) => {
    if (!browser || !server) throw new Error('The fixture is not there yet');
    const page = await FixturePage.open(browser, server.url, options);
    open.push(page);
    return page;
  };
}
