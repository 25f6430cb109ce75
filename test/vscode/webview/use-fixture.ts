import type { Page } from 'playwright-core';
import type { Theme } from '../../../webview/fixture/contract';
import type { Scene } from '../../../webview/fixture/scenes';
import { atEnd } from '../../at-end';
import { launchBrowser } from '../pages/browser';
import { FixturePage } from './fixture-page';
import { serveFixture } from './fixture-server';

/** What all tests share: bundling, and starting a browser or a page for each, took longer than many of the tests. */
interface Shared {
  url: string;
  page: Page;
}

let shared: Promise<Shared> | undefined;

async function share(): Promise<Shared> {
  const server = await serveFixture();
  const browser = await launchBrowser();
  atEnd(async () => {
    await browser.close();
    await server.stop();
  });
  return { url: server.url, page: await browser.newPage() };
}

/** For a `describe`: gives a function that opens the inspector anew, in place of the one that was opened before. */
export function useFixture(): (options?: { scene?: Scene; theme?: Theme }) => Promise<FixturePage> {
  before(async () => {
    shared ??= share();
    await shared;
  });

  return async (options) => {
    if (!shared) throw new Error('The fixture is not there yet');
    const { url, page } = await shared;
    return FixturePage.open(page, url, options);
  };
}
