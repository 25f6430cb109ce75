import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import type { ToInspector } from '../../../src/protocol/inspector';
import type { Theme } from '../../../webview/fixture/contract';
import type { Scene } from '../../../webview/fixture/scenes';
import { DEADLINE } from '../pages/until';

/** How large a page is. */
const VIEWPORT = { width: 960, height: 720 };

/** The rule inspector in a page, and what a test does there as the extension host. */
export class FixturePage {
  readonly page: Page;
  readonly #url: string;
  /** What its state is kept by: that of another panel in the same page is not seen. */
  readonly #panel = randomUUID();

  private constructor(page: Page, url: string) {
    this.page = page;
    this.#url = url;
  }

  /** Opens a panel that nothing is kept of, in place of whatever the page shows. */
  static async open(
    page: Page,
    url: string,
    { scene = 'live', theme = 'dark' }: { scene?: Scene; theme?: Theme } = {},
  ): Promise<FixturePage> {
    page.setDefaultTimeout(DEADLINE);
    await page.setViewportSize(VIEWPORT);
    await page.emulateMedia({ reducedMotion: null });
    await page.mouse.move(0, 0);
    const inspector = new FixturePage(page, url);
    await inspector.show({ scene, theme });
    return inspector;
  }

  /** Begins anew, with what is kept of the panel. */
  async show({ scene, theme }: { scene: Scene; theme: Theme }): Promise<void> {
    await this.page.goto(`${this.#url}?scene=${scene}&theme=${theme}&panel=${this.#panel}`);
    await this.page.locator('mr-inspector vscode-panels').waitFor();
    await this.#settled();
  }

  /** What is kept of the panel, as JSON. */
  kept(): Promise<string | null> {
    return this.page.evaluate((panel) => sessionStorage.getItem(panel), this.#panel);
  }

  /** Has this kept of the panel. */
  async keep(state: string): Promise<void> {
    await this.page.evaluate(
      ([panel, state]) => {
        sessionStorage.setItem(panel, state);
      },
      [this.#panel, state] as const,
    );
  }

  /** Says something to the webview, and waits until it is shown. */
  async send(message: ToInspector): Promise<void> {
    await this.page.evaluate((said) => {
      window.fixture.send(said);
    }, message);
    await this.#settled();
  }

  /** What the webview has posted, of one type. */
  async posted(type: string): Promise<unknown[]> {
    const all = await this.page.evaluate(() => window.fixture.posted);
    return all.filter((message) => message.type === type);
  }

  /** What the content security policy refused. */
  async refused(): Promise<string[]> {
    return this.page.evaluate(() => window.fixture.refused);
  }

  async showMaps(): Promise<void> {
    await this.page.getByRole('tab', { name: 'Maps' }).click();
    await this.page.locator('mr-map-list').waitFor();
  }

  /** The row of a chain of the IPv4 nat table. */
  chain(name: string) {
    return this.page.locator(`mr-chain-row[data-key="ipv4/nft/nat/${name}"]`);
  }

  /** The row of a rule, by its place in a chain of the IPv4 nat table. */
  rule(chain: string, number: number) {
    return this.page.locator(`mr-rule-row[data-key^="ipv4/nft/nat/${chain}#"]`).nth(number - 1);
  }

  /** Waits until the row whose `data-key` matches has the focus. */
  async focused(key: RegExp): Promise<void> {
    await this.page.waitForFunction(
      (source) => new RegExp(source).test(document.activeElement?.getAttribute('data-key') ?? ''),
      key.source,
    );
  }

  /** What was said is drawn in one frame, and what elements of the toolkit make of it in the next. */
  async #settled(): Promise<void> {
    await this.page.evaluate(async () => {
      for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
    });
  }
}
