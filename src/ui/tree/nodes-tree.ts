import * as vscode from 'vscode';
import { Disposable } from '../dispose';
import type { ListFollower } from '../nodes/follow-lists';
import { NodeEntry } from '../nodes/node-entry';
import type { NodeRegistry } from '../nodes/node-registry';
import { WorkloadEntry } from '../nodes/workload-entry';
import type { SavedStates } from '../switching/saved-states';
import { Changes, UNNOTICED } from './changes';
import { Drawn } from './drawn';
import { groupItem } from './group-item';
import { NodeGroup, NodeGroups } from './groups';
import { hasRows, nodeItem } from './node-item';
import type { TreeFilter } from './tree-filter';
import { workloadItem } from './workload-item';

/** The remedy below a node that could not be connected. */
interface RemedyElement {
  node: NodeEntry;
  remedy: string;
}

export type TreeElement = NodeGroup | NodeEntry | WorkloadEntry | RemedyElement;

/** Of more nodes than these, those that get rows stay closed until somebody opens them. */
const OPEN_BY_ITSELF = 12;

/** The view "Nodes". Its elements are the registry's entries themselves, so a change redraws what changed. */
export class NodesTree extends Disposable implements vscode.TreeDataProvider<TreeElement> {
  readonly #registry: NodeRegistry;
  readonly #saved: SavedStates;
  readonly #filter: TreeFilter;
  readonly #groups = new NodeGroups();
  readonly #changed = this._register(new vscode.EventEmitter<TreeElement | TreeElement[] | undefined>());
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #changes = this._register(
    new Changes<TreeElement>(UNNOTICED, (changed) => {
      const other = changed?.filter((one) => this.#drawn.differs(one, this.#item(one), this.#below(one)));
      if (other?.length !== 0) this.#changed.fire(other);
      this.#openNew();
    }),
  );
  readonly #drawn = new Drawn<TreeElement>();
  readonly #view: vscode.TreeView<TreeElement>;
  /** Nodes that were seen without rows: VS Code keeps them closed when rows come, and they are to be opened once. */
  readonly #withoutRows = new Set<NodeEntry>();

  constructor(registry: NodeRegistry, saved: SavedStates, filter: TreeFilter, follower: ListFollower) {
    super();
    this.#registry = registry;
    this.#saved = saved;
    this.#filter = filter;
    this.#view = this._register(
      vscode.window.createTreeView('meshRedirect.nodes', {
        treeDataProvider: this,
        showCollapseAll: true,
        canSelectMany: true,
      }),
    );
    this._register(
      registry.onDidChange((changed) => {
        this.#follow(changed);
      }),
    );
    this._register({
      dispose: saved.onDidChange((changed) => {
        for (const { node, workload } of changed) {
          const entry = registry.node(node)?.workload(workload);
          if (entry) this.#changes.add(entry);
        }
      }),
    });
    this._register(
      filter.onDidChange(() => {
        this.#view.description = filter.text ?? '';
        this.#changes.add(undefined);
      }),
    );
    this._register(
      this.#view.onDidChangeVisibility(({ visible }) => {
        follower.setActive(visible);
        if (!visible) return;
        this.#openNew();
        this.#lookAgain();
      }),
    );
    follower.setActive(this.#view.visible);
  }

  getTreeItem(element: TreeElement): vscode.TreeItem {
    if (element instanceof NodeEntry && !hasRows(element)) this.#withoutRows.add(element);
    const item = this.#item(element);
    this.#drawn.drew(element, item, this.#below(element));
    return item;
  }

  getChildren(element?: TreeElement): TreeElement[] {
    if (element === undefined) return [...this.#groups.top(this.#registry.nodes)];
    if (element instanceof NodeEntry && element.state.kind === 'failed') {
      const { remedy } = element.state.failure;
      return remedy === null ? [] : [{ node: element, remedy }];
    }
    if (element instanceof NodeEntry) element.look();
    return [...this.#below(element)];
  }

  getParent(element: TreeElement): NodeGroup | NodeEntry | undefined {
    if (element instanceof NodeGroup) return undefined;
    return element instanceof NodeEntry ? this.#groups.parent(element) : element.node;
  }

  #item(element: TreeElement): vscode.TreeItem {
    if (element instanceof NodeGroup) return groupItem(element);
    if (element instanceof NodeEntry) {
      const shown = this.#filter.active ? this.#shown(element).length : null;
      return nodeItem(element, { open: this.#registry.nodes.length <= OPEN_BY_ITSELF, shown });
    }
    if (element instanceof WorkloadEntry) return workloadItem(element, this.#canRollBack(element));
    const item = new vscode.TreeItem(element.remedy);
    item.id = `${element.node.id}/remedy`;
    item.iconPath = new vscode.ThemeIcon('lightbulb');
    item.tooltip = element.remedy;
    return item;
  }

  /** The entries below a row. */
  #below(element: TreeElement): readonly TreeElement[] {
    if (element instanceof NodeGroup) return element.nodes;
    return element instanceof NodeEntry ? this.#shown(element) : [];
  }

  #shown({ workloads }: NodeEntry): readonly WorkloadEntry[] {
    return this.#filter.active ? workloads.filter((workload) => this.#filter.shows(workload)) : workloads;
  }

  #follow(changed: NodeEntry | WorkloadEntry | undefined): void {
    // A workload that was observed may come under the filter, or no longer.
    if (this.#filter.active && changed instanceof WorkloadEntry) this.#changes.add(changed.node);
    this.#changes.add(changed);
    // A cluster's row says how many of its nodes are connected.
    const group = changed instanceof NodeEntry ? this.#groups.parent(changed) : undefined;
    if (group) this.#changes.add(group);
  }

  #canRollBack(workload: WorkloadEntry): boolean {
    return workload.node.state.kind === 'connected' && this.#saved.of(workload.key()) !== null;
  }

  /** Opens nodes that have got rows. Not while the view is hidden: that would bring it to the front. */
  #openNew(): void {
    if (!this.#view.visible || this.#registry.nodes.length > OPEN_BY_ITSELF) return;
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
