import type { Locator, Page } from 'playwright-core';
import { until } from './until';

/** The terminal that is in front. VS Code has to draw it as text: `terminal.integrated.gpuAcceleration` off. */
export class TerminalPage {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Waits for a text; where it was broken into lines does not matter. */
  async waitFor(text: string | RegExp): Promise<void> {
    let seen = '';
    await until(
      `the terminal shows "${String(text)}"`,
      async () => {
        const rows = await this.#terminal.locator('.xterm-rows > div').allTextContents();
        seen = rows.map((row) => row.replaceAll('\u00a0', ' ')).join('');
        return typeof text === 'string' ? seen.includes(text) : text.test(seen);
      },
      () => `It shows ${JSON.stringify(seen)}`,
    );
  }

  /** Types a line, as a person does who looks at it. */
  async enter(line: string): Promise<void> {
    await this.#terminal.locator('.xterm-screen').click();
    await this.#page.keyboard.type(line);
    await this.#page.keyboard.press('Enter');
  }

  /** Ends its shell, and waits until it is gone: what is open when the focus comes back is closed by that. */
  async exit(): Promise<void> {
    await this.enter('exit');
    await this.#terminal.waitFor({ state: 'detached' });
  }

  get #terminal(): Locator {
    return this.#page.locator('.terminal-wrapper.active');
  }
}
