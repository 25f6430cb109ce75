import type { BrowserContext } from 'playwright-core';
import type { Theme } from '../../../webview/fixture/contract';
import type { Scene } from '../../../webview/fixture/scenes';
import { atEnd } from '../../at-end';
import { launchBrowser } from '../pages/browser';
import { FixturePage } from './fixture-page';
import { serveFixture, type FixtureServer } from './fixture-server';

/** What all pages share: bundling and starting a browser for each file of tests took longer than many of the tests. */
interface Shared {
  server: FixtureServer;
  /** Pages of one context compile the scripts once. What a page keeps, it keeps for itself. */
  context: BrowserContext;
}

let shared: Promise<Shared> | undefined;

async function share(): Promise<Shared> {
  const server = await serveFixture();
  const browser = await launchBrowser();
  atEnd(async () => {
    await browser.close();
    await server.stop();
  });
  return { server, context: await browser.newContext({ viewport: { width: 960, height: 720 } }) };
}

/** For a `describe`: gives a function that opens the inspector in a page, which is closed after the test. */
export function useFixture(): (options?: { scene?: Scene; theme?: Theme }) => Promise<FixturePage> {
  const open: FixturePage[] = [];

  before(async () => {
    shared ??= share();
    await shared;
  });

  afterEach(async () => {
    await Promise.all(open.splice(0).map((page) => page.close()));
  });

  return async (options) => {
    if (!shared) throw new Error('The fixture is not there yet');
    const { context, server } = await shared;
    const page = await FixturePage.open(context, server.url, options);
    open.push(page);
    return page;
  };
}
