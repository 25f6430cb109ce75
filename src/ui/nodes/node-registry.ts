import * as vscode from 'vscode';
import type { Node } from '../../nodes/node';
import { Disposable } from '../dispose';
import type { Settings } from '../settings';
import { NodeEntry, type NodeEntryServices } from './node-entry';
import { nodeIdOf, type NodeSetting } from './node-setting';
import type { WorkloadEntry } from './workload-entry';

/** Describes the node of a setting. Must cost nothing: connecting does the work. */
export type DescribeNode = (setting: NodeSetting) => Node;

/** Every node of the settings, in their order. */
export class NodeRegistry extends Disposable {
  readonly #settings: Settings;
  readonly #describe: DescribeNode;
  readonly #services: NodeEntryServices;
  readonly #changed = this._register(new vscode.EventEmitter<NodeEntry | WorkloadEntry | undefined>());
  /** Fires with what changed: `undefined` for the list of nodes. */
  readonly onDidChange = this.#changed.event;
  #entries = new Map<string, { setting: string; entry: NodeEntry }>();

  constructor(settings: Settings, describe: DescribeNode, services: NodeEntryServices) {
    super();
    this.#settings = settings;
    this.#describe = describe;
    this.#services = services;
    this.#reload();
    this._register(
      settings.onDidChangeNodes(() => {
        this.#reload();
        this.#changed.fire(undefined);
      }),
    );
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

  /** Keeps the entries, and so the connections, whose setting did not change. */
  #reload(): void {
    const old = this.#entries;
    this.#entries = new Map();
    for (const setting of this.#settings.nodes()) {
      const id = nodeIdOf(setting);
      const text = JSON.stringify(setting);
      const known = old.get(id);
      if (known?.setting === text) old.delete(id);
      this.#entries.set(
        id,
        known?.setting === text ? known : { setting: text, entry: this.#create(setting) },
      );
    }
    for (const { entry } of old.values()) entry.dispose();
  }

  #create(setting: NodeSetting): NodeEntry {
    const entry = new NodeEntry(this.#describe(setting), this.#services);
    entry.onDidChange((changed) => {
      this.#changed.fire(changed);
    });
    return entry;
  }
}
