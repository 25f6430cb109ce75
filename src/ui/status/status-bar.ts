import * as vscode from 'vscode';
import { Disposable } from '../dispose';
import type { InspectorPanels } from '../inspector/panels';
import type { NodeRegistry } from '../nodes/node-registry';
import { verdictLook, verdictText } from '../tree/verdict-look';

/** The status bar item: how many nodes are connected, and what redirects the workload that is being inspected. */
export class StatusBar extends Disposable {
  readonly #item = this._register(
    vscode.window.createStatusBarItem('meshRedirect.status', vscode.StatusBarAlignment.Left),
  );
  readonly #registry: NodeRegistry;
  readonly #inspectors: InspectorPanels;

  constructor(registry: NodeRegistry, inspectors: InspectorPanels) {
    super();
    this.#registry = registry;
    this.#inspectors = inspectors;
    this.#item.name = 'Mesh Redirect';
    this.#item.command = 'meshRedirect.nodes.focus';
    this._register(
      registry.onDidChange(() => {
        this.#update();
      }),
    );
    this._register(
      inspectors.onDidChangeActive(() => {
        this.#update();
      }),
    );
    this.#update();
  }

  #update(): void {
    const nodes = this.#registry.connected;
    if (nodes.length === 0) {
      this.#item.hide();
      return;
    }
    const inspected = this.#inspectors.inspected;
    const count = `${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'}`;
    if (inspected?.observation.kind === 'observed') {
      const { verdict } = inspected.observation;
      const text = verdictText(verdict, inspected.declared);
      this.#item.text = `$(${verdictLook(verdict.kind).icon}) ${inspected.label}: ${text}`;
    } else {
      this.#item.text = `$(vm-active) ${count}`;
    }
    this.#item.tooltip = `Mesh Redirect: connected to ${nodes.map(({ node }) => node.label).join(', ')}`;
    this.#item.show();
  }
}
