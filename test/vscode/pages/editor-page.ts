import type { Locator, Page } from 'playwright-core';
import { ATTEMPT, soon, until } from './until';

/** The text editor that is in front, and what VS Code says of its text. */
export class EditorPage {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Opens a file of the folder, as Ctrl+P does. */
  async openFile(name: string): Promise<void> {
    const input = this.#page.locator('.quick-input-widget:visible .quick-input-box input');
    const row = this.#page.locator('.quick-input-widget:visible .monaco-list-row', { hasText: name }).first();
    await until(`${name} is open`, async () => {
      await this.#page.keyboard.press('Control+P');
      await input.fill(name, { timeout: ATTEMPT });
      await row.click({ timeout: ATTEMPT });
      return soon('it is', () => this.#tab(name).isVisible());
    });
  }

  async waitForTab(name: string): Promise<void> {
    await this.#tab(name).waitFor();
  }

  /** Waits until the text has so many squiggles of errors. */
  async waitForSquiggles(count: number): Promise<void> {
    const squiggles = this.#editor.locator('.squiggly-error');
    await until(`the editor shows ${count} squiggles`, async () => (await squiggles.count()) === count);
  }

  /** Waits until the text has so many squiggles of warnings. */
  async waitForWarnings(count: number): Promise<void> {
    const squiggles = this.#editor.locator('.squiggly-warning');
    await until(`the editor shows ${count} warnings`, async () => (await squiggles.count()) === count);
  }

  /** Goes to the next problem of the file, and takes the fix of this name. */
  async fixNext(name: string): Promise<void> {
    const fix = this.#page.locator('.action-widget .monaco-list-row', { hasText: name });
    await until(`"${name}" is offered and taken`, async () => {
      await this.#page.keyboard.press('F8');
      await this.#page.keyboard.press('Escape');
      await this.#page.keyboard.press('Control+.');
      await fix.click({ timeout: ATTEMPT });
      return true;
    });
  }

  /** Shows the view Problems, and waits for one that contains `text`. */
  async problem(text: string): Promise<string> {
    const row = this.#page.locator('.markers-panel .monaco-list-row', { hasText: text }).first();
    await row.waitFor();
    return row.innerText();
  }

  /** Waits until the visible lines contain `text`. */
  async waitForText(text: string): Promise<void> {
    let seen = '';
    await until(
      `the editor shows "${text}"`,
      async () => {
        const lines = await this.#editor.locator('.view-line').allInnerTexts();
        seen = lines.join('\n').replaceAll('\u00a0', ' ');
        return seen.includes(text);
      },
      () => `It shows:\n${seen}`,
    );
  }

  /** In the file just opened, goes to a line (from 1), types at its end, and asks what could follow. Gives what is offered. */
  async suggestions(line: number, typed: string): Promise<string[]> {
    await this.#page.keyboard.press('Control+Home');
    for (let step = 1; step < line; step += 1) await this.#page.keyboard.press('ArrowDown');
    await this.#page.keyboard.press('End');
    await this.#page.keyboard.type(typed);
    const rows = this.#page.locator('.suggest-widget.visible .monaco-list-row .label-name');
    return until('something is offered', async () => {
      await this.#page.keyboard.press('Control+Space');
      await rows.first().waitFor({ timeout: ATTEMPT });
      return rows.allInnerTexts();
    });
  }

  /** Puts the pointer on a word and waits for what is said of it. */
  async explanation(word: string): Promise<string> {
    const hover = this.#page.locator('.monaco-hover:visible .hover-contents').first();
    return until(`"${word}" is explained`, async () => {
      await this.#page.mouse.move(0, 0);
      await this.#editor
        .locator('.view-line span span', { hasText: word })
        .first()
        .hover({ timeout: ATTEMPT });
      return (await hover.innerText({ timeout: ATTEMPT })).replaceAll('\u00a0', ' ');
    });
  }

  #tab(name: string): Locator {
    return this.#page.locator('.tab.active', { hasText: name });
  }

  get #editor(): Locator {
    return this.#page.locator('.editor-group-container.active .monaco-editor').first();
  }
}
