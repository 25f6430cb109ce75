import type { Locator, Page } from 'playwright-core';
import { until } from './until';

/** The box at the top: the command palette, lists to choose from, and questions that want text. */
export class QuickInput {
  readonly #page: Page;
  readonly #widget: Locator;

  constructor(page: Page) {
    this.#page = page;
    this.#widget = page.locator('.quick-input-widget:visible');
  }

  /** Runs a command by the title that a person reads in the palette, such as `Mesh Redirect: Add SSH Node`. */
  async runCommand(title: string): Promise<void> {
    await until(`the palette offers "${title}"`, async () => {
      await this.#page.keyboard.press('F1');
      await this.#input.waitFor({ timeout: 5000 });
      await this.#input.fill(`>${title}`);
      const found = await this.#row(title)
        .waitFor({ timeout: 3000 })
        .then(
          () => true,
          () => false,
        );
      if (!found) await this.#page.keyboard.press('Escape');
      return found;
    });
    await this.#row(title).click();
  }

  /** Waits for a question whose title or placeholder contains `about`, types an answer and accepts it. */
  async answer(about: string | RegExp, text: string): Promise<void> {
    await this.waitFor(about);
    await this.#input.fill(text);
    await this.#page.keyboard.press('Enter');
  }

  /** Types an answer, and presses the button beside the title whose tooltip contains `button` instead of Enter. */
  async fillAndPress(text: string, button: string): Promise<void> {
    await this.#input.fill(text);
    await this.#widget.locator(`.quick-input-titlebar .action-label[aria-label*="${button}"]`).click();
  }

  /** Waits for a list whose title or placeholder contains `about` and picks the entry that contains `label`. */
  async pick(about: string | RegExp, label: string): Promise<void> {
    await this.waitFor(about);
    await this.#row(label).click();
  }

  /** Waits for a list about `about`, types, and accepts the entry that this brings. */
  async answerWithEntry(about: string | RegExp, text: string): Promise<void> {
    await this.waitFor(about);
    await this.#input.fill(text);
    await this.#row(text).waitFor();
    await this.#page.keyboard.press('Enter');
  }

  /** Types without accepting, and reads what the box then says instead of its usual prompt. */
  async complaintAbout(text: string): Promise<string> {
    const message = this.#widget.locator('.quick-input-message');
    const prompt = await message.innerText();
    await this.#input.fill(text);
    return until(`the box says what is wrong with "${text}"`, async () => {
      const said = await message.innerText();
      return said !== prompt && said.trim() !== '' ? said.trim() : null;
    });
  }

  async waitFor(about: string | RegExp): Promise<void> {
    await until(`a question about ${String(about)} is asked`, async () => {
      if ((await this.#input.count()) === 0) return false;
      const said = `${await this.#widget.innerText()}\n${(await this.#input.getAttribute('placeholder')) ?? ''}`;
      return typeof about === 'string' ? said.includes(about) : about.test(said);
    });
  }

  async entries(): Promise<string[]> {
    return this.#widget.locator('.quick-input-list .monaco-list-row .label-name').allInnerTexts();
  }

  /** The entries of a list of which several can be ticked, and whether each is. */
  async ticked(): Promise<Map<string, boolean>> {
    const rows = this.#widget.locator('.quick-input-list .monaco-list-row');
    await rows.first().waitFor();
    const entries = await rows.evaluateAll((elements) =>
      elements.map((row): [string, boolean] => [
        row.querySelector('.label-name')?.textContent ?? '',
        row.querySelector('.monaco-checkbox')?.getAttribute('aria-checked') === 'true',
      ]),
    );
    return new Map(entries);
  }

  /** Ticks those entries, and no others. */
  async tickOnly(wanted: (label: string) => boolean): Promise<void> {
    for (const [label, ticked] of await this.ticked()) {
      if (ticked !== wanted(label)) await this.#row(label).locator('.monaco-checkbox').click();
    }
  }

  /** Accepts a list of which several can be ticked. */
  async accept(): Promise<void> {
    await this.#widget.locator('.quick-input-action .monaco-button', { hasText: 'OK' }).click();
    await this.#widget.waitFor({ state: 'hidden' });
  }

  async dismiss(): Promise<void> {
    await this.#page.keyboard.press('Escape');
    await this.#widget.waitFor({ state: 'hidden' });
  }

  get #input(): Locator {
    return this.#widget.locator('.quick-input-box input');
  }

  #row(label: string): Locator {
    return this.#widget.locator('.quick-input-list .monaco-list-row', { hasText: label }).first();
  }
}
