import type { FrameLocator, Locator, Page } from 'playwright-core';
import { ATTEMPT, soon, until } from './until';
import { webviewIn } from './webview';

/** The view Trace of the inspector that is in front. */
export class TracePage {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Takes one of the connections that are open, by what the list says of it. They are read each time that the list is entered. */
  async pick(connection: string): Promise<void> {
    const list = this.#frame.locator('mr-trace-form select');
    const option = list.locator('option', { hasText: connection }).first();
    await until(`"${connection}" is picked`, async () => {
      await list.blur({ timeout: ATTEMPT });
      await list.focus({ timeout: ATTEMPT });
      const value = await option.getAttribute('value', { timeout: ATTEMPT });
      await list.selectOption(value, { timeout: ATTEMPT });
      return true;
    });
  }

  /** What is filled in as the destination. */
  async destination(): Promise<string> {
    return this.#frame.getByRole('textbox', { name: 'Destination' }).inputValue();
  }

  /** Explains what is filled in, and gives what is said of each station and of the end. */
  async explain(): Promise<{ stations: string[]; conclusion: string }> {
    await this.button('Explain').click();
    const conclusion = await this.#frame.locator('mr-trace .conclusion').innerText();
    return { stations: await this.#frame.locator('mr-trace .station').allInnerTexts(), conclusion };
  }

  /** Waits until what the kernel and our programs tell has `text`, and gives all of it. */
  async live(text: string | RegExp): Promise<string> {
    const live = this.#frame.locator('mr-trace .live-trace', { hasText: text });
    return live.innerText();
  }

  /** Stops watching, unless the agent has done so because there were very many. */
  async stop(): Promise<void> {
    const over = this.#frame.locator('mr-trace .live-trace', { hasText: 'Watched were' });
    await until('nobody watches any more', async () => {
      if ((await over.count()) > 0) return true;
      await this.button('Stop watching').click({ timeout: ATTEMPT });
      return soon('it is over', async () => (await over.count()) > 0);
    });
  }

  button(name: string): Locator {
    return this.#frame.locator('mr-trace-form vscode-button', { hasText: name });
  }

  get #frame(): FrameLocator {
    return webviewIn(this.#page);
  }
}
