import * as vscode from 'vscode';
import { Disposable } from '../dispose';
import type { Settings } from '../settings';

/** Tells a person of wrong entries in their settings, each time that they become wrong in another way. */
export class SettingProblems extends Disposable {
  readonly #settings: Settings;
  #told = '';

  constructor(settings: Settings) {
    super();
    this.#settings = settings;
    const check = () => {
      void this.#check();
    };
    this._register(settings.onDidChangeNodes(check));
    this._register(settings.onDidChangePolicy(check));
    check();
  }

  async #check(): Promise<void> {
    const problems = [...this.#settings.nodeProblems(), ...this.#settings.policyProblems()];
    const text = problems.join(' ');
    if (text === this.#told) return;
    this.#told = text;
    if (text === '') return;
    const open = 'Open Settings';
    const answer = await vscode.window.showWarningMessage(`Mesh Redirect settings: ${text}`, open);
    if (answer === open)
      await vscode.commands.executeCommand(
        'workbench.action.openSettings',
        '@ext:mesh-redirect.mesh-redirect',
      );
  }
}
