import * as vscode from 'vscode';
import { Disposable } from './dispose';
import type { NodeRegistry } from './nodes/node-registry';

/** What the manifest's `when` clauses and the walkthrough ask. */
export class ContextKeys extends Disposable {
  readonly #last = new Map<string, boolean>();

  constructor(registry: NodeRegistry) {
    super();
    const update = () => {
      this.#set('meshRedirect.empty', registry.nodes.length === 0);
      this.#set('meshRedirect.connected', registry.connected.length > 0);
      this.#set('meshRedirect.canUseLocal', process.platform === 'linux' && !registry.node('local'));
    };
    this._register(registry.onDidChange(update));
    update();
  }

  #set(key: string, value: boolean): void {
    if (this.#last.get(key) === value) return;
    this.#last.set(key, value);
    void vscode.commands.executeCommand('setContext', key, value);
  }
}
