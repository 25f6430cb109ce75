import * as vscode from 'vscode';
import { Disposable } from '../dispose';
import { NodeEntry } from '../nodes/node-entry';
import type { NodeRegistry } from '../nodes/node-registry';
import { WorkloadEntry } from '../nodes/workload-entry';
import type { SavedStates } from '../switching/saved-states';
import { hasRows, nodeItem } from './node-item';
import { workloadItem } from './workload-item';

/** The remedy below a node that could not be connected. */
interface RemedyElement {
  node: NodeEntry;
  remedy: string;
}

export type TreeElement = NodeEntry | WorkloadEntry | RemedyElement;

/** The view "Nodes". Its elements are the registry's entries themselves, so a change redraws what changed. */
export class NodesTree extends Disposable implements vscode.TreeDataProvider<TreeElement> {
  readonly #registry: NodeRegistry;
  readonly #saved: SavedStates;
  readonly #changed = this._register(new vscode.EventEmitter<TreeElement | undefined>());
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #view: vscode.TreeView<TreeElement>;
  /** Nodes that were seen without rows: VS Code keeps them closed when rows come, and they are to be opened once. */
  readonly #withoutRows = new Set<NodeEntry>();

  constructor(registry: NodeRegistry, saved: SavedStates) {
    super();
    this.#registry = registry;
    this.#saved = saved;
    this.#view = this._register(
      vscode.window.createTreeView('meshRedirect.nodes', { treeDataProvider: this, showCollapseAll: true }),
    );
    this._register(
      registry.onDidChange((changed) => {
        this.#changed.fire(changed);
        this.#openNew();
      }),
    );
    this._register({
      dispose: saved.onDidChange((changed) => {
        for (const { node, workload } of changed) {
          const entry = registry.node(node)?.workload(workload);
          if (entry) this.#changed.fire(entry);
        }
      }),
    });
    this._register(
      this.#view.onDidChangeVisibility(({ visible }) => {
        if (!visible) return;
        this.#openNew();
        this.#lookAgain();
      }),
    );
  }

  getTreeItem(element: TreeElement): vscode.TreeItem {
    if (element instanceof NodeEntry) {
      if (!hasRows(element)) this.#withoutRows.add(element);
      return nodeItem(element);
    }
    if (element instanceof WorkloadEntry) return workloadItem(element, this.#canRollBack(element));
    const item = new vscode.TreeItem(element.remedy);
    item.id = `${element.node.id}/remedy`;
    item.iconPath = new vscode.ThemeIcon('lightbulb');
    item.tooltip = element.remedy;
    return item;
  }

  getChildren(element?: TreeElement): TreeElement[] {
    if (element === undefined) return [...this.#registry.nodes];
    if (!(element instanceof NodeEntry)) return [];
    if (element.state.kind !== 'failed') return [...element.workloads];
    const { remedy } = element.state.failure;
    return remedy === null ? [] : [{ node: element, remedy }];
  }

  getParent(element: TreeElement): NodeEntry | undefined {
    return element instanceof NodeEntry ? undefined : element.node;
  }

  #canRollBack(workload: WorkloadEntry): boolean {
    return workload.node.state.kind === 'connected' && this.#saved.of(workload.key()) !== null;
  }

  /** Opens nodes that have got rows. Not while the view is hidden: that would bring it to the front. */
  #openNew(): void {
    if (!this.#view.visible) return;
    for (const node of this.#registry.nodes) {
      if (!hasRows(node) || !this.#withoutRows.delete(node)) continue;
      // A node that is taken off the list meanwhile needs no opening.
      this.#view.reveal(node, { select: false, focus: false, expand: true }).then(undefined, () => undefined);
    }
  }

  /** What was not looked at is not kept up to date: it is read again when somebody looks. */
  #lookAgain(): void {
    for (const node of this.#registry.connected) void node.refreshQuietly();
  }
}
