import * as vscode from 'vscode';
import { Disposable } from './dispose';
import type { KindNodes } from './nodes/kind-nodes';
import type { NodeRegistry } from './nodes/node-registry';
import { WorkloadEntry } from './nodes/workload-entry';

/** What the manifest's `when` clauses and the walkthrough ask. */
export class ContextKeys extends Disposable {
  readonly #last = new Map<string, boolean | string>();

  constructor(registry: NodeRegistry, kind: KindNodes) {
    super();
    const update = () => {
      this.#set('meshRedirect.empty', registry.nodes.length === 0);
      this.#set('meshRedirect.connected', registry.connected.length > 0);
      this.#set('meshRedirect.canUseLocal', process.platform === 'linux' && !registry.node('local'));
      const { known } = kind;
      this.#set('meshRedirect.kind', known.kind === 'missing' ? `no-${known.what}` : known.kind);
    };
    this._register(
      registry.onDidChange((changed) => {
        if (!(changed instanceof WorkloadEntry)) update();
      }),
    );
    this._register(kind.onDidChange(update));
    update();
  }

  #set(key: string, value: boolean | string): void {
    if (this.#last.get(key) === value) return;
    this.#last.set(key, value);
    void vscode.commands.executeCommand('setContext', key, value);
  }
}
