import type { Locator, Page } from 'playwright-core';
import { ATTEMPT, soon, until } from './until';

export interface TreeRow {
  label: string;
  description: string;
  level: number;
}

/** The view "Nodes" in the side bar. */
export class NodesView {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Opens it through its icon in the activity bar, as soon as the extension has contributed that. */
  async open(): Promise<void> {
    const icon = this.#page.locator('.activitybar .action-label[aria-label^="Mesh Redirect"]').first();
    // The icon closes the view that is open, and after a reload VS Code may just be opening it by itself.
    await until('the view "Nodes" is open', async () => {
      if (await this.#view.isVisible()) return true;
      await icon.click({ timeout: ATTEMPT });
      return soon('it is', () => this.#view.isVisible());
    });
  }

  async rows(): Promise<TreeRow[]> {
    return this.#rows.evaluateAll((rows) =>
      rows.map((row) => ({
        label: row.querySelector('.label-name')?.textContent ?? '',
        description: row.querySelector('.label-description')?.textContent ?? '',
        level: Number(row.getAttribute('aria-level')),
      })),
    );
  }

  /** Waits for the row `label`, with a description that contains `description`. */
  async waitForRow(label: string, description: string | RegExp = ''): Promise<TreeRow> {
    let rows: TreeRow[] = [];
    const what = `the tree shows "${label}" with "${String(description)}"`;
    const probe = async () => {
      rows = await this.rows();
      const row = rows.find((candidate) => candidate.label === label);
      if (row === undefined) return null;
      const fits =
        typeof description === 'string'
          ? row.description.includes(description)
          : description.test(row.description);
      return fits ? row : null;
    };
    return until(what, probe, () => `It shows ${JSON.stringify(rows)}`);
  }

  async waitForNoRow(label: string): Promise<void> {
    await until(`the tree no longer shows "${label}"`, async () =>
      (await this.rows()).every((row) => row.label !== label),
    );
  }

  async select(label: string): Promise<void> {
    await until(`"${label}" is selected`, async () => {
      await this.#row(label).click({ timeout: ATTEMPT });
      return (await this.selected()).includes(label);
    });
  }

  /** Opens a row that is closed. */
  async expand(label: string): Promise<void> {
    const row = this.#row(label);
    const isOpen = async (): Promise<boolean> => (await row.getAttribute('aria-expanded')) === 'true';
    await until(`"${label}" is open`, async () => {
      if (await isOpen()) return true;
      await row.locator('.monaco-tl-twistie').click({ timeout: ATTEMPT });
      return soon('it is', isOpen);
    });
  }

  /** The rows that are selected, by their labels. */
  async selected(): Promise<string[]> {
    return this.#view.locator('.monaco-list-row.selected .label-name').allInnerTexts();
  }

  /** Presses one of the buttons that a row shows under the pointer. A row that is drawn anew is pointed at again. */
  async pressInline(label: string, action: string): Promise<void> {
    await until(`"${action}" of "${label}" is pressed`, async () => {
      await this.#row(label).hover({ timeout: ATTEMPT });
      await this.#row(label).locator(`.action-label[aria-label^="${action}"]`).click({ timeout: ATTEMPT });
      return true;
    });
  }

  /** Chooses from a row's context menu. */
  async chooseInMenu(label: string, entry: string): Promise<void> {
    const item = this.#page.locator('.context-view .action-label', { hasText: entry }).first();
    await until(`"${entry}" is chosen in the menu of "${label}"`, async () => {
      await this.#openMenu(label, item);
      // A menu takes no notice of a button that is released within a tenth of a second.
      await item.click({ timeout: ATTEMPT, delay: 150 });
      return soon('the menu is gone', async () => (await item.count()) === 0);
    });
  }

  /** What a row's context menu offers. */
  async menu(label: string): Promise<string[]> {
    const items = this.#page.locator(
      '.context-view .action-item:not(.disabled) .action-label:not(.separator)',
    );
    return until(`the menu of "${label}" is read`, async () => {
      await this.#openMenu(label, items.first());
      const texts = await items.allInnerTexts();
      await this.#page.keyboard.press('Escape');
      await soon('the menu is gone', async () => (await items.count()) === 0);
      return texts.length > 0 ? texts : null;
    });
  }

  /** One attempt to open a row's context menu, unless it is open and has that item. */
  async #openMenu(label: string, item: Locator): Promise<void> {
    if ((await item.count()) > 0) return;
    await this.#row(label).click({ button: 'right', timeout: ATTEMPT });
    await item.waitFor({ timeout: ATTEMPT });
  }

  /** Waits for the button `label` that the view offers while it has no rows. */
  async waitForWelcome(label: string): Promise<void> {
    await this.#view.locator('.welcome-view-content .monaco-button', { hasText: label }).waitFor();
    await this.#view.locator('.monaco-progress-container.active').waitFor({ state: 'detached' });
  }

  /** Waits until the view says this while it has no rows. */
  async waitForWelcomeText(text: string): Promise<void> {
    await this.#view.locator('.welcome-view-content', { hasText: text }).waitFor();
  }

  get #view(): Locator {
    return this.#page.locator('.part.sidebar .pane', { has: this.#page.locator('[aria-label^="Nodes"]') });
  }

  get #rows(): Locator {
    return this.#view.locator('.monaco-list-row');
  }

  #row(label: string): Locator {
    const name = this.#page.locator('.label-name').getByText(label, { exact: true });
    return this.#rows.filter({ has: name }).first();
  }
}
