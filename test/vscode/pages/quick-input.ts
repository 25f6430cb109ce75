import type { Locator, Page } from 'playwright-core';
import { ATTEMPT, soon, until } from './until';

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
    await until(`the palette runs "${title}"`, async () => {
      await this.#run(title);
      return true;
    });
  }

  /**
   * Runs a command and picks from each list that it then shows, in their order. All of it is done again where a list is
   * gone before something was picked: VS Code takes lists away when the focus goes elsewhere, and on a busy machine
   * what was in front before takes it back late.
   */
  async choose(title: string, ...picks: (readonly [about: string | RegExp, label: string])[]): Promise<void> {
    await until(`"${title}" is told ${picks.map(([, label]) => label).join(', ')}`, async () => {
      await this.#run(title);
      for (const [about, label] of picks) {
        await soon(`a list about ${String(about)} is shown`, () => this.#isAsked(about));
        await this.#clickRow(label);
      }
      return true;
    });
  }

  /** Runs a command, ticks of the list that it then shows those that are wanted and no others, and accepts. */
  async tick(title: string, about: string | RegExp, wanted: (label: string) => boolean): Promise<void> {
    await until(`"${title}" is told what is ticked`, async () => {
      await this.#run(title);
      await soon(`a list about ${String(about)} is shown`, () => this.#isAsked(about));
      await this.tickOnly(wanted);
      await this.accept();
      return true;
    });
  }

  /** Runs a command until it asks for something whose title or placeholder contains `about`. */
  async ask(title: string, about: string | RegExp): Promise<void> {
    await until(`"${title}" asks about ${String(about)}`, async () => {
      await this.#run(title);
      return soon(`it asks about ${String(about)}`, () => this.#isAsked(about));
    });
  }

  /** Waits for a question whose title or placeholder contains `about`, types an answer and accepts it. */
  async answer(about: string | RegExp, text: string): Promise<void> {
    await this.waitFor(about);
    await this.#input.fill(text);
    await this.#input.press('Enter');
  }

  /** Takes the file that VS Code's own dialog offers: it completes what is typed there, and not always as it was meant. */
  async takeOfferedFile(about: string): Promise<void> {
    await this.waitFor(about);
    await this.accept();
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
    await this.#input.press('Enter');
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
    await until(`a question about ${String(about)} is asked`, () => this.#isAsked(about));
  }

  async entries(): Promise<string[]> {
    return this.#widget.locator('.quick-input-list .monaco-list-row .label-name').allInnerTexts();
  }

  /** The entries of a list of which several can be ticked, and whether each is. */
  async ticked(): Promise<Map<string, boolean>> {
    const rows = this.#widget.locator('.quick-input-list .monaco-list-row');
    await rows.first().waitFor({ timeout: ATTEMPT });
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
      if (ticked === wanted(label)) continue;
      await this.#row(label).locator('.monaco-checkbox').click({ timeout: ATTEMPT });
    }
  }

  /** Accepts a list of which several can be ticked. */
  async accept(): Promise<void> {
    const button = this.#widget.locator('.quick-input-action .monaco-button', { hasText: 'OK' });
    await button.click({ timeout: ATTEMPT });
    await this.#widget.waitFor({ state: 'hidden' });
  }

  async dismiss(): Promise<void> {
    await until('the box is closed', async () => {
      if ((await this.#widget.count()) === 0) return true;
      await this.#page.keyboard.press('Escape');
      return false;
    });
  }

  /** One attempt to run a command: what an attempt before has left open is closed first. */
  async #run(title: string): Promise<void> {
    if ((await this.#widget.count()) > 0) await this.#page.keyboard.press('Escape');
    await this.#page.keyboard.press('F1');
    await this.#input.fill(`>${title}`, { timeout: ATTEMPT });
    await this.#clickRow(title);
  }

  /** A click that fails has not been made; one that was made has taken the list away, or shown another. */
  async #clickRow(label: string): Promise<void> {
    const row = this.#row(label);
    const listed = await row.innerText({ timeout: ATTEMPT });
    await row.click({ timeout: ATTEMPT });
    await soon(`"${label}" is taken`, async () => (await row.allInnerTexts())[0] !== listed);
  }

  async #isAsked(about: string | RegExp): Promise<boolean> {
    // In one go: what is there may be gone in the next moment.
    const texts = await this.#widget.evaluateAll((widgets) =>
      widgets.map((widget) => {
        const input = widget.querySelector<HTMLInputElement>('.quick-input-box input');
        return `${(widget as HTMLElement).innerText}\n${input?.placeholder ?? ''}`;
      }),
    );
    return texts.some((said) => (typeof about === 'string' ? said.includes(about) : about.test(said)));
  }

  get #input(): Locator {
    return this.#widget.locator('.quick-input-box input');
  }

  #row(label: string): Locator {
    return this.#widget.locator('.quick-input-list .monaco-list-row', { hasText: label }).first();
  }
}
