import type { Locator, Page } from 'playwright-core';
import type { QuickInput } from './quick-input';
import { ATTEMPT, soon, until } from './until';

/** A test in the view "Testing", with what it came to. */
export interface TestRow {
  label: string;
  /** `passed`, `failed`, `skipped`, `unset`, `queued`; empty while it runs. */
  state: string;
  level: number;
}

/** VS Code's Test Explorer. */
export class TestExplorer {
  readonly #page: Page;
  readonly #quickInput: QuickInput;

  constructor(page: Page, quickInput: QuickInput) {
    this.#page = page;
    this.#quickInput = quickInput;
  }

  async open(): Promise<void> {
    await this.#quickInput.runCommand('Testing: Focus on Test Explorer View');
    await this.#view.waitFor();
  }

  /** Opens the row and waits for what is below it. */
  async expand(label: string): Promise<void> {
    const row = this.#row(label);
    await row.waitFor();
    const isOpen = async (): Promise<boolean> => (await row.getAttribute('aria-expanded')) === 'true';
    await until(`"${label}" is open`, async () => {
      if (await isOpen()) return true;
      await row.click({ timeout: ATTEMPT });
      return soon('it is', isOpen);
    });
  }

  async rows(): Promise<TestRow[]> {
    return this.#view.locator('.monaco-list-row').evaluateAll((rows) =>
      rows.map((row) => ({
        label: row.querySelector('.label')?.textContent ?? '',
        // By its icon: what a screen reader hears is not written anew when results are cleared.
        state: /testing-(\w+)-icon/.exec(row.querySelector('.computed-state')?.className ?? '')?.[1] ?? '',
        level: Number(row.getAttribute('aria-level')),
      })),
    );
  }

  /** Presses the button of a row that runs its tests, after every result of before has been forgotten. */
  async run(label: string): Promise<void> {
    const isClear = async () => (await this.rows()).every(({ state }) => state === 'unset');
    if (!(await isClear())) await this.#quickInput.runCommand('Test: Clear All Results');
    await until('no result of before is shown', isClear);
    await until(`the tests of "${label}" run`, async () => {
      await this.#row(label).hover({ timeout: ATTEMPT });
      await this.#row(label).locator('.action-label[aria-label*="Run Test"]').click({ timeout: ATTEMPT });
      return true;
    });
  }

  /** While a run goes on there is a button to stop it. */
  async isBusy(): Promise<boolean> {
    return (
      (await this.#page.locator('.part.sidebar .action-label[aria-label^="Cancel Test Run"]').count()) > 0
    );
  }

  #row(label: string): Locator {
    return this.#view
      .locator('.monaco-list-row')
      .filter({ has: this.#page.locator('.label').getByText(label, { exact: true }) })
      .first();
  }

  get #view(): Locator {
    return this.#page.locator('.test-explorer');
  }
}
