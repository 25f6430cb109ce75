import type { CDPSession, Page } from 'playwright-core';
import { rulesetFrom } from '../../webview/fixture/save-text';
import { launchBrowser } from '../vscode/pages/browser';
import { serveFixture } from '../vscode/webview/fixture-server';
import { kubeProxyRules } from './kube-proxy-rules';
import { largeMap } from './large-map';
import type { Row } from './measure';

const RULES = 50_000;
const MB = 1024 * 1024;

/** The frames of a page while something goes on, in milliseconds. */
interface Frames {
  longest: number;
  over50: number;
}

/** Has the page do something in each of many frames, and gives how long they took. */
async function frames(page: Page, step: string, count: number): Promise<Frames> {
  return page.evaluate(
    async ({ step, count }) => {
      const list = document.querySelector('mr-virtual-list');
      const field = document.querySelector<HTMLInputElement & { value: string }>('.filter');
      const next = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
      const durations: number[] = [];
      let before = await next();
      for (let at = 0; at < count; at++) {
        if (step === 'scroll' && list) list.scrollTop += 200;
        else if (step === 'jump' && list)
          list.scrollTop = ((at * 7919) % count) * (list.scrollHeight / count);
        else if (field) {
          const text = 'service-1234:http';
          field.value = text.slice(0, at % (text.length + 1));
          field.dispatchEvent(new Event('input', { bubbles: true }));
        }
        const now = await next();
        durations.push(now - before);
        before = now;
      }
      return { longest: Math.max(...durations), over50: durations.filter((each) => each > 50).length };
    },
    { step, count },
  );
}

async function heap(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? 0;
}

async function rows(page: Page): Promise<Row[]> {
  const message = { type: 'rulesets', rulesets: [rulesetFrom(kubeProxyRules(RULES, 3), 'ipv4', 'nft')] };
  const first = await page.evaluate(async (message) => {
    document.querySelector('#chains')?.dispatchEvent(new MouseEvent('click'));
    const start = performance.now();
    window.fixture.send(message as never);
    while (!document.querySelector('[data-key*="KUBE-SERVICES"]')) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    await new Promise((resolve) => requestAnimationFrame(resolve));
    return performance.now() - start;
  }, message);
  await page.getByRole('button', { name: 'Unfold all chains' }).click();
  await page.locator('mr-rule-row').first().waitFor();
  const kinds = [
    { what: 'scrolling', ...(await frames(page, 'scroll', 300)) },
    { what: 'jumping', ...(await frames(page, 'jump', 100)) },
    { what: 'filtering', ...(await frames(page, 'filter', 54)) },
  ];
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  return [
    { what: `first rows of ${RULES}, after they came`, value: first, unit: 'ms', limit: 1000 },
    ...kinds.flatMap(({ what, longest, over50 }): Row[] => [
      { what: `longest frame while ${what}`, value: longest, unit: 'ms' },
      { what: `frames over 50 ms while ${what}`, value: over50, unit: 'count', limit: 0 },
    ]),
    { what: 'memory of the panel', value: await heap(session), unit: 'bytes', limit: 150 * MB },
  ];
}

/** The rule inspector with very much to show: in Chromium, and what a large map costs the agent. */
export async function inspector(): Promise<Row[]> {
  const server = await serveFixture();
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
    // What tsx calls for the functions that are sent to the page.
    await page.addInitScript({ content: 'globalThis.__name = (made) => made;' });
    await page.goto(`${server.url}?scene=empty&theme=dark`);
    await page.locator('mr-inspector vscode-panels').waitFor();
    return [...(await rows(page)), ...(await largeMap())];
  } finally {
    await browser.close();
    await server.stop();
  }
}
