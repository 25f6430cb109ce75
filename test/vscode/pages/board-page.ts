import type { FrameLocator, Page } from 'playwright-core';
import { webviewIn } from './webview';

/** The board of a roll-out that is in front. */
export class BoardPage {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  async waitForSummary(text: string): Promise<void> {
    await this.#frame.locator('mr-board .summary', { hasText: text }).waitFor();
  }

  /** Waits until the row of a workload says what it is at. */
  async waitForRow(workload: string, step: string): Promise<void> {
    const row = this.#frame.locator('mr-board tbody tr', { hasText: workload });
    await row.filter({ hasText: step }).waitFor();
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
    return webviewIn(this.#page);
  }
}
