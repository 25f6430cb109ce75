import type { Locator, Page } from 'playwright-core';
import { until } from './until';

/** The diff editor that is in front. */
export class DiffPage {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Waits for a diff whose tab says `title`, and gives the lines of its two sides that are to be seen. */
  async sides(title: string | RegExp): Promise<{ before: string; after: string }> {
    await this.#page.locator('.tab.active', { hasText: title }).waitFor();
    return until(`the diff "${String(title)}" is shown`, async () => {
      const [before, after] = await Promise.all([text(this.#side('original')), text(this.#side('modified'))]);
      return before !== '' && after !== '' ? { before, after } : null;
    });
  }

  /** How many lines are marked as taken away, and as put in. */
  async marked(): Promise<{ away: number; in: number }> {
    return {
      away: await this.#side('original').locator('.line-delete').count(),
      in: await this.#side('modified').locator('.line-insert').count(),
    };
  }

  #side(side: 'original' | 'modified'): Locator {
    return this.#page.locator(`.monaco-diff-editor .editor.${side}`).first();
  }
}

/** Lines lie in the page in any order: their places tell. */
async function text(editor: Locator): Promise<string> {
  const lines = await editor.locator('.view-line').evaluateAll((elements) =>
    elements
      .map((element) => ({ top: element.getBoundingClientRect().top, text: element.textContent }))
      .sort((a, b) => a.top - b.top)
      .map(({ text }) => text.replaceAll('\u00a0', ' ')),
  );
  return lines.join('\n');
}
