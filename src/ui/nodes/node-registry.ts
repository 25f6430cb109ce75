import * as vscode from 'vscode';
import type { Node } from '../../nodes/node';
import { Disposable } from '../dispose';
import type { Settings } from '../settings';
import type { KindNodes } from './kind-nodes';
import { NodeEntry, type NodeEntryServices } from './node-entry';
import { nodeIdOf, type NodeSetting } from './node-setting';
import type { WorkloadEntry } from './workload-entry';

/** Describes the node of a setting. Must cost nothing: connecting does the work. */
export type DescribeNode = (setting: NodeSetting) => Node;

/** Every node: those of the settings in their order, then those of kind. */
export class NodeRegistry extends Disposable {
  readonly #settings: Settings;
  readonly #describe: DescribeNode;
  readonly #kind: KindNodes;
  readonly #services: NodeEntryServices;
  readonly #changed = this._register(new vscode.EventEmitter<NodeEntry | WorkloadEntry | undefined>());
  /** Fires with what changed: `undefined` for the list of nodes. */
  readonly onDidChange = this.#changed.event;
  #entries = new Map<string, { described: string; entry: NodeEntry }>();

  constructor(settings: Settings, describe: DescribeNode, kind: KindNodes, services: NodeEntryServices) {
    super();
    this.#settings = settings;
    this.#describe = describe;
    this.#kind = kind;
    this.#services = services;
    this.#reload();
    for (const source of [settings.onDidChangeNodes, kind.onDidChange]) {
      this._register(
        source(() => {
          this.#reload();
          this.#changed.fire(undefined);
        }),
      );
    }
  }

  get nodes(): readonly NodeEntry[] {
    return [...this.#entries.values()].map(({ entry }) => entry);
  }

  node(id: string): NodeEntry | undefined {
    return this.#entries.get(id)?.entry;
  }

  get connected(): readonly NodeEntry[] {
    return this.nodes.filter(({ state }) => state.kind === 'connected');
  }

  get workloads(): readonly WorkloadEntry[] {
    return this.connected.flatMap(({ workloads }) => workloads);
  }

  override dispose(): void {
    for (const { entry } of this.#entries.values()) entry.dispose();
    super.dispose();
  }

  /** Keeps the entries, and so the connections, of the nodes that are described as before. */
  #reload(): void {
    const old = this.#entries;
    this.#entries = new Map();
    const keep = (id: string, described: string, describe: () => Node): void => {
      const known = old.get(id);
      const same = known?.described === described;
      if (same) old.delete(id);
      this.#entries.set(id, same ? known : { described, entry: this.#create(describe()) });
    };
    for (const setting of this.#settings.nodes()) {
      keep(nodeIdOf(setting), JSON.stringify(setting), () => this.#describe(setting));
    }
    for (const node of this.#kind.nodes) keep(node.id, node.id, () => node);
    for (const { entry } of old.values()) entry.dispose();
  }

  #create(node: Node): NodeEntry {
    const entry = new NodeEntry(node, this.#services);
    entry.onDidChange((changed) => {
      this.#changed.fire(changed);
    });
    return entry;
  }
}
