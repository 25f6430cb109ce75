import type { BrowserContext, Page } from 'playwright-core';
import type { ToInspector } from '../../../src/protocol/inspector';
import type { Theme } from '../../../webview/fixture/contract';
import type { Scene } from '../../../webview/fixture/scenes';
import { DEADLINE } from '../pages/until';

/** The rule inspector in a page of its own, and what a test does there as the extension host. */
export class FixturePage {
  readonly page: Page;

  readonly #url: string;

  private constructor(page: Page, url: string) {
    this.page = page;
    this.#url = url;
  }

  static async open(
    context: BrowserContext,
    url: string,
    { scene = 'live', theme = 'dark' }: { scene?: Scene; theme?: Theme } = {},
  ): Promise<FixturePage> {
    const page = await context.newPage();
    page.setDefaultTimeout(DEADLINE);
    const inspector = new FixturePage(page, url);
    await inspector.show({ scene, theme });
    return inspector;
  }

  /** Begins anew, with what is kept of the panel. */
  async show({ scene, theme }: { scene: Scene; theme: Theme }): Promise<void> {
    await this.page.goto(`${this.#url}?scene=${scene}&theme=${theme}`);
    await this.page.locator('mr-inspector vscode-panels').waitFor();
  }

  /** Says something to the webview, and waits until it is shown. */
  async send(message: ToInspector): Promise<void> {
    await this.page.evaluate(async (said) => {
      window.fixture.send(said);
      for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
    }, message);
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

  close(): Promise<void> {
    return this.page.close();
  }
}
