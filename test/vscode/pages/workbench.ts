import type { BrowserContext, Locator, Page } from 'playwright-core';
import { InspectorPage } from './inspector-page';
import { NodesView } from './nodes-view';
import { QuickInput } from './quick-input';
import { ATTEMPT, DEADLINE, soon, until } from './until';

/** VS Code as a person sees it. */
export class Workbench {
  readonly page: Page;
  readonly nodes: NodesView;
  readonly quickInput: QuickInput;
  readonly inspector: InspectorPage;

  private constructor(page: Page) {
    this.page = page;
    this.nodes = new NodesView(page);
    this.quickInput = new QuickInput(page);
    this.inspector = new InspectorPage(page);
  }

  /** Opens VS Code and waits until the extension's icon is there. */
  static async open(context: BrowserContext, url: string): Promise<Workbench> {
    const page = await context.newPage();
    page.setDefaultTimeout(DEADLINE);
    const workbench = new Workbench(page);
    await page.goto(url);
    await workbench.#ready();
    return workbench;
  }

  /** What F5 in the browser does: a new window on the same state. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.#ready();
  }

  async #ready(): Promise<void> {
    await this.page.locator('.monaco-workbench .activitybar').waitFor();
    await this.page.locator('.activitybar .action-label[aria-label^="Mesh Redirect"]').first().waitFor();
  }

  /** Runs a command from the palette, by its title there. */
  readonly runCommand = (title: string): Promise<void> => this.quickInput.runCommand(title);

  /** Runs a command from the palette, and picks from the lists that it shows (`QuickInput.choose`). */
  readonly choose = (...choice: Parameters<QuickInput['choose']>): Promise<void> =>
    this.quickInput.choose(...choice);

  /** Waits for a modal dialog and reads it. */
  async dialog(): Promise<{ message: string; detail: string; buttons: string[] }> {
    await this.#dialog.waitFor();
    const text = async (selector: string) =>
      (await this.#dialog.locator(selector).allInnerTexts()).join('\n');
    return {
      message: await text('.dialog-message-text'),
      detail: await text('.dialog-message-detail'),
      buttons: await this.#dialog.locator('.monaco-button').allInnerTexts(),
    };
  }

  async pressInDialog(button: string): Promise<void> {
    const pressed = this.#dialog.locator('.monaco-button', { hasText: button });
    await pressed.waitFor();
    await until(`"${button}" closes the dialog`, async () => {
      if ((await pressed.count()) === 0) return true;
      await pressed.click({ timeout: ATTEMPT });
      return soon('it is closed', async () => (await pressed.count()) === 0);
    });
  }

  /** Waits for a notification that contains `text`, and gives its whole text. */
  async notification(text: string | RegExp): Promise<string> {
    const message = this.#notifications.filter({ hasText: text }).first();
    return until(`a notification says "${String(text)}"`, async () => {
      if ((await message.count()) === 0) return null;
      const said = await message.innerText();
      return said === '' ? null : said; // it is in the page before it is to be seen
    });
  }

  async notifications(): Promise<string[]> {
    return this.#notifications.allInnerTexts();
  }

  /** Presses a button of a notification, also of one that has gone to the list of them meanwhile. */
  async pressInNotification(text: string | RegExp, button: string): Promise<void> {
    const item = this.#notifications.filter({ hasText: text }).first();
    await until(`"${button}" of the notification "${String(text)}" is pressed`, async () => {
      if ((await item.count()) === 0) await this.runCommand('Notifications: Show Notifications');
      await item.locator('.monaco-button', { hasText: button }).click({ timeout: ATTEMPT });
      return true;
    });
  }

  async clearNotifications(): Promise<void> {
    await until('no notification is left', async () => {
      await this.runCommand('Notifications: Clear All Notifications');
      return soon('none is left', async () => (await this.#notifications.count()) === 0);
    });
  }

  /** Waits until the clipboard has a text that is wanted, and gives it. The page has to be allowed to read it. */
  clipboard(wanted: (text: string) => boolean): Promise<string> {
    return until('the clipboard has what was copied', async () => {
      const text = await this.page.evaluate(() => navigator.clipboard.readText());
      return wanted(text) ? text : null;
    });
  }

  /** Waits for an entry of the status bar that contains `text`. */
  async statusBar(text: string | RegExp): Promise<string> {
    const entry = this.page.locator('.part.statusbar .statusbar-item', { hasText: text }).first();
    await entry.waitFor();
    return entry.innerText();
  }

  /** Waits until the output channel that is shown has a line with `text`, wherever it has been scrolled to. */
  async waitForOutput(text: string): Promise<void> {
    const output = this.page.locator('.part.panel .monaco-editor').first();
    const find = this.page.locator('.part.panel .find-widget.visible');
    await until(`the output has "${text}"`, async () => {
      await output.click({ position: { x: 200, y: 30 }, timeout: ATTEMPT });
      await this.page.keyboard.press('Control+F');
      await find.locator('textarea.input').first().fill(text, { timeout: ATTEMPT });
      const found = async (): Promise<string> => (await find.allInnerTexts()).join();
      return soon('it is found', async () => /\d+ of [1-9]/.test(await found()));
    });
    await this.page.keyboard.press('Escape');
    await this.page.keyboard.press('Control+End');
  }

  /** Chooses a colour theme as a person does, and waits until the workbench wears it. */
  async useTheme(name: string, kind: 'vs-dark' | 'vs' | 'hc-black' | 'hc-light'): Promise<void> {
    await until(`the window wears ${name}`, async () => {
      await this.quickInput.ask('Preferences: Color Theme', /theme/i);
      await this.quickInput.answer(/theme/i, name);
      return soon('it does', () => this.page.locator(`.monaco-workbench.${kind}`).isVisible());
    });
  }

  /** Closes the panel and the notifications, so that a picture shows what it is about. */
  async tidy(): Promise<void> {
    await this.clearNotifications();
    if (await this.page.locator('.part.panel').isVisible()) await this.runCommand('View: Hide Panel');
    await this.page.mouse.move(0, 0);
  }

  /** Closes what a failed test has left open, which would keep the keyboard from the next: a menu, a box, a dialog. */
  async dismissAll(): Promise<void> {
    const open = ['.context-view .monaco-menu', '.quick-input-widget', '.monaco-dialog-box'];
    const left = this.page.locator(open.map((selector) => `${selector}:visible`).join());
    await until('nothing is open any more', async () => {
      if ((await left.count()) === 0) return true;
      await this.page.keyboard.press('Escape');
      return false;
    });
  }

  get #dialog(): Locator {
    return this.page.locator('.monaco-dialog-box');
  }

  get #notifications(): Locator {
    return this.page.locator(
      ':is(.notifications-toasts, .notifications-center.visible) .notification-list-item',
    );
  }
}
