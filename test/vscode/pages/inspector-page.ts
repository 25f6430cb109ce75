import type { Frame, FrameLocator, Locator, Page } from 'playwright-core';
import { TracePage } from './trace-page';
import { ATTEMPT, soon, until } from './until';
import { webviewIn } from './webview';

export interface MapEntryText {
  /** A cell each, as it is shown. */
  cells: string[];
}

/** The rule inspector that is in front: a frame in a frame in VS Code's page. */
export class InspectorPage {
  readonly trace: TracePage;
  readonly #page: Page;

  constructor(page: Page) {
    this.trace = new TracePage(page);
    this.#page = page;
  }

  /** Waits until the inspector of this workload is in front and has its header. */
  waitFor(workload: string): Promise<void> {
    return this.#waitFor('Rules', workload);
  }

  /** Waits until the inspector of a file with this workload is in front and has its header. */
  waitForFile(workload: string): Promise<void> {
    return this.#waitFor('Snapshot', workload);
  }

  /** Brings the inspector of a workload to the front, which is open. */
  async bringToFront(workload: string): Promise<void> {
    await this.#page.locator('.tab', { hasText: `Rules: ${workload}` }).click();
    await this.waitFor(workload);
  }

  async #waitFor(of: 'Rules' | 'Snapshot', workload: string): Promise<void> {
    await this.#page.locator('.tab.active', { hasText: `${of}: ${workload}` }).waitFor();
    await this.frame.locator('mr-header h1', { hasText: workload }).waitFor();
  }

  async showView(view: 'Chains' | 'Maps' | 'Programs' | 'Trace' | 'History'): Promise<void> {
    await until(`the view ${view} is shown`, async () => {
      await this.frame.locator('vscode-panel-tab', { hasText: view }).click({ timeout: ATTEMPT });
      return soon('it is', () => this.frame.locator(`mr-${view.toLowerCase()}`).isVisible());
    });
  }

  /** Waits for the badge in the header: none, iptables, eBPF, ... */
  async waitForVerdict(label: string): Promise<void> {
    await this.frame.locator('mr-header .verdict', { hasText: label }).waitFor();
  }

  /** Waits for a banner (no connection, the workload is gone, a failure) and reads it. */
  async banner(text: string | RegExp): Promise<string> {
    const banner = this.frame.locator('mr-banner .banner', { hasText: text }).first();
    await banner.waitFor();
    return banner.innerText();
  }

  async waitForNoBanner(): Promise<void> {
    await this.frame.locator('mr-banner .banner').first().waitFor({ state: 'detached' });
  }

  /** Of the view History: has the latest change that says `text` shown. */
  async showChange(text: string): Promise<void> {
    const change = this.frame.locator('mr-history li', { hasText: text }).first();
    await change.getByRole('button', { name: /^Show change/ }).click();
  }

  async press(button: string): Promise<void> {
    await this.frame.locator('vscode-button', { hasText: button }).first().click();
  }

  /** The names of the chains, in the order of the view. */
  async chains(): Promise<string[]> {
    return this.frame.locator('mr-chain-row .name').allInnerTexts();
  }

  async waitForChain(name: string): Promise<void> {
    await this.#scrollTo(
      `the view Chains shows ${name}`,
      this.frame.locator('mr-chain-row .name').getByText(name, { exact: true }),
    );
  }

  /** How often the rules with this text have matched, all together. In `nat`: connections. */
  async hits(rule: string): Promise<number> {
    const rows = this.frame.locator('mr-rule-row', { hasText: rule });
    await this.#scrollTo(`the view Chains shows the rule ${rule}`, rows);
    const titles = await rows
      .locator('.counter.packets')
      .evaluateAll((cells) => cells.map((cell) => cell.getAttribute('title') ?? ''));
    if (titles.length === 0) throw new Error(`There is no rule ${rule}.`);
    return titles.reduce((sum, title) => sum + Number(title.replaceAll(/\D/g, '')), 0);
  }

  /** Marks the row of a rule, to see later whether it is still the same element. */
  async mark(rule: string): Promise<() => Promise<boolean>> {
    const row = this.frame.locator('mr-rule-row', { hasText: rule }).first();
    await this.#scrollTo(`the view Chains shows the rule ${rule}`, row);
    await row.evaluate((element) => {
      element.setAttribute('data-test-mark', '');
    });
    return async () => (await this.frame.locator('mr-rule-row[data-test-mark]').count()) === 1;
  }

  async maps(): Promise<string[]> {
    return this.frame.locator('mr-map-list [role=option] .name').allInnerTexts();
  }

  async openMap(name: string): Promise<void> {
    const option = this.frame
      .locator('mr-map-list [role=option]')
      .filter({ has: this.frame.locator('.name').getByText(name, { exact: true }) });
    await until(`the map ${name} is open`, async () => {
      await option.click({ timeout: ATTEMPT });
      return soon('it is', () => this.frame.locator('mr-map-table h2', { hasText: name }).isVisible());
    });
  }

  async entries(): Promise<MapEntryText[]> {
    return this.frame.locator('mr-map-row').evaluateAll((rows) =>
      rows.map((row) => ({
        cells: [...row.querySelectorAll('.text')].map((cell) => cell.textContent),
      })),
    );
  }

  /** Waits for an entry of the open map with a cell that contains `text`. */
  async waitForEntry(text: string): Promise<MapEntryText> {
    return until(`the open map has an entry with ${text}`, async () =>
      (await this.entries()).find(({ cells }) => cells.some((cell) => cell.includes(text))),
    );
  }

  /** The frame that its page is in, for what only a script in it can tell. */
  async ownFrame(): Promise<Frame> {
    const inner = await this.#body.elementHandle();
    const frame = await inner.ownerFrame();
    if (!frame) throw new Error('The inspector is not there.');
    return frame;
  }

  /** Everything that a person can read in it. */
  async text(): Promise<string> {
    return this.#body.innerText();
  }

  /** Scrolls through the chains, of which only those on the screen are in the page, until a row is there. */
  async #scrollTo(what: string, row: Locator): Promise<void> {
    await until(what, async () => {
      if ((await row.count()) > 0) return true;
      await this.frame.locator('mr-virtual-list').evaluateAll(([list]) => {
        if (!list) return;
        const end = list.scrollTop + list.clientHeight >= list.scrollHeight - 1;
        list.scrollTop = end ? 0 : list.scrollTop + list.clientHeight / 2;
      });
      return false;
    });
  }

  get #body(): Locator {
    return this.frame.locator('body');
  }

  private get frame(): FrameLocator {
    return webviewIn(this.#page);
  }
}
