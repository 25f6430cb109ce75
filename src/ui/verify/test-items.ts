import type * as vscode from 'vscode';
import { Disposable } from '../dispose';
import { NodeEntry } from '../nodes/node-entry';
import type { NodeRegistry } from '../nodes/node-registry';
import { WorkloadEntry } from '../nodes/workload-entry';

/** The clauses of one workload that a person wants to have tested. */
export interface Wanted {
  workload: WorkloadEntry;
  /** By the id of their check. */
  items: ReadonlyMap<string, vscode.TestItem>;
}

/** What the Test Explorer lists: nodes, their redirected workloads, and a test for each clause of the policy. */
export class TestItems extends Disposable {
  readonly #controller: vscode.TestController;
  readonly #registry: NodeRegistry;
  readonly #workloads = new WeakMap<vscode.TestItem, WorkloadEntry>();

  constructor(controller: vscode.TestController, registry: NodeRegistry) {
    super();
    this.#controller = controller;
    this.#registry = registry;
    this._register(
      registry.onDidChange((changed) => {
        if (changed instanceof WorkloadEntry) this.#followWorkload(changed);
        else if (changed instanceof NodeEntry) this.#followNode(changed);
        else this.#followList();
      }),
    );
  }

  /** What is wanted by a request: its items and all below them, or everything; without what it leaves out. */
  wanted({ include, exclude = [] }: vscode.TestRunRequest): Wanted[] {
    const roots = include ?? childrenOf(this.#controller.items);
    const wanted = new Map<WorkloadEntry, Map<string, vscode.TestItem>>();
    const visit = (item: vscode.TestItem): void => {
      if (exclude.includes(item)) return;
      const workload = item.parent && this.#workloads.get(item.parent);
      if (workload) {
        const items = wanted.get(workload) ?? new Map<string, vscode.TestItem>();
        wanted.set(workload, items.set(checkOf(item), item));
      } else for (const child of childrenOf(item.children)) visit(child);
    };
    for (const root of roots) visit(root);
    return [...wanted].map(([workload, items]) => ({ workload, items }));
  }

  /** The item of a workload; undefined where it has nothing to be tested. */
  of(workload: WorkloadEntry): vscode.TestItem | undefined {
    return this.#controller.items.get(workload.node.id)?.children.get(idOf(workload));
  }

  #followList(): void {
    for (const item of childrenOf(this.#controller.items)) {
      if (!this.#registry.node(item.id)) this.#controller.items.delete(item.id);
    }
  }

  #followNode(node: NodeEntry): void {
    const item = this.#controller.items.get(node.id);
    if (!item) return;
    const present = new Set(node.workloads.map(idOf));
    for (const { id } of childrenOf(item.children)) if (!present.has(id)) item.children.delete(id);
    if (item.children.size === 0) this.#controller.items.delete(item.id);
  }

  #followWorkload(workload: WorkloadEntry): void {
    const { node, observation } = workload;
    if (workload.isDisposed || observation.kind !== 'observed') return;
    const checks = observation.checks;
    if (checks.length === 0) {
      this.#controller.items.get(node.id)?.children.delete(idOf(workload));
      this.#followNode(node);
      return;
    }
    const parent = this.#ensure(this.#controller.items, node.id, node.node.label);
    const item = this.#ensure(parent.children, idOf(workload), workload.label);
    this.#workloads.set(item, workload);
    const ids = new Set(checks.map(({ id }) => `${item.id}/${id}`));
    for (const { id } of childrenOf(item.children)) if (!ids.has(id)) item.children.delete(id);
    for (const [index, { id, title }] of checks.entries()) {
      const test = this.#ensure(item.children, `${item.id}/${id}`, title);
      // In the order of the policy, not of the alphabet.
      test.sortText = String(index).padStart(4, '0');
    }
  }

  #ensure(items: vscode.TestItemCollection, id: string, label: string): vscode.TestItem {
    const known = items.get(id);
    if (known) {
      if (known.label !== label) known.label = label;
      return known;
    }
    const item = this.#controller.createTestItem(id, label);
    items.add(item);
    return item;
  }
}

const idOf = ({ node, id }: WorkloadEntry): string => `${node.id}/${id}`;

/** The id of its check: what is behind the id of its workload. */
const checkOf = ({ id, parent }: vscode.TestItem): string => id.slice((parent?.id.length ?? 0) + 1);

const childrenOf = (items: vscode.TestItemCollection): vscode.TestItem[] =>
  [...items].map(([, item]) => item);
