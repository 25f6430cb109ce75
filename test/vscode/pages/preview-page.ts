import type { FrameLocator, Page } from 'playwright-core';
import { webviewIn } from './webview';

/** The Markdown preview that is in front. */
export class PreviewPage {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Waits for the heading and gives the rows of the table, cell by cell. */
  async table(heading: string): Promise<string[][]> {
    await this.#frame.locator('h1', { hasText: heading }).waitFor();
    return this.#frame
      .locator('tbody tr')
      .evaluateAll((rows) =>
        rows.map((row) =>
          [...row.querySelectorAll('td')].map((cell) => cell.textContent.replaceAll('\u00a0', ' ')),
        ),
      );
  }

  /** Everything that a person can read in it. */
  async text(): Promise<string> {
    return this.#frame.locator('body').innerText();
  }

  get #frame(): FrameLocator {
    return webviewIn(this.#page);
  }
}
