import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { until } from './until';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** Pictures of what was seen: in `test-results/`, and in `media/screenshots/` (the README's) with UPDATE_SCREENSHOTS=1. */
export class Screenshots {
  /** Where they are always written. */
  readonly directory = join(ROOT, 'test-results', 'screenshots');
  readonly #page: Page;
  readonly #directories: readonly string[];

  constructor(page: Page, options: { update: boolean }) {
    this.#page = page;
    const readme = join(ROOT, 'media', 'screenshots');
    this.#directories = options.update ? [this.directory, readme] : [this.directory];
  }

  async take(name: string): Promise<void> {
    // Nothing is to be under the pointer, and what it brought up is to be gone.
    await this.#page.mouse.move(400, 5);
    await this.#page.locator('.workbench-hover-container:visible').waitFor({ state: 'detached' });
    // Notifications fade in and move up.
    const moving = this.#page.locator('.notification-toast:visible:not(.notification-fade-in-done)');
    await until('notifications stand still', async () => (await moving.count()) === 0);
    for (const directory of this.#directories) {
      await mkdir(directory, { recursive: true });
      await this.#page.screenshot({ path: join(directory, `${name}.png`) });
    }
  }
}
