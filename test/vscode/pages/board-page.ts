import type { FrameLocator, Page } from 'playwright-core';

/** The board of a roll-out that is in front. */
export class BoardPage {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  async waitForSummary(text: string): Promise<void> {
    await this.#frame.locator('mr-board .summary', { hasText: text }).waitFor({ timeout: 60_000 });
  }

  /** What stands in the row of a workload. */
  async row(workload: string): Promise<{ stage: string; verdict: string }> {
    const cells = this.#frame.locator('mr-board tbody tr', { hasText: workload }).locator('td');
    const [, stage = '', , verdict = ''] = await cells.allInnerTexts();
    return { stage: stage.trim(), verdict: verdict.trim() };
  }

  async press(button: string): Promise<void> {
    await this.#frame.locator('mr-board vscode-button', { hasText: button }).click();
  }

  get #frame(): FrameLocator {
    return this.#page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
  }
}
