import type { Locator, Page } from 'playwright-core';
import type { QuickInput } from './quick-input';
import { until } from './until';

/** A test in the view "Testing", with what it came to. */
export interface TestRow {
  label: string;
  /** `Passed`, `Failed`, `Skipped`, `Not yet run`: as a screen reader hears it. */
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
    if ((await row.getAttribute('aria-expanded')) !== 'true') await row.click();
    await until(`"${label}" is open`, async () => (await row.getAttribute('aria-expanded')) === 'true');
  }

  async rows(): Promise<TestRow[]> {
    return this.#view.locator('.monaco-list-row').evaluateAll((rows) =>
      rows.map((row) => {
        const spoken = row.getAttribute('aria-label') ?? '';
        return {
          label: row.querySelector('.label')?.textContent ?? '',
          state:
            /\(([^()]*)\)/.exec(spoken.replace(row.querySelector('.label')?.textContent ?? '', ''))?.[1] ??
            '',
          level: Number(row.getAttribute('aria-level')),
        };
      }),
    );
  }

  /** Presses the button of a row that runs its tests. */
  async run(label: string): Promise<void> {
    await this.#row(label).hover();
    await this.#row(label).locator('.action-label[aria-label*="Run Test"]').click();
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
