import * as vscode from 'vscode';
import {
  EVERY,
  parseSettings,
  policyFromSettings,
  problemText,
  readPolicies,
  type PolicySource,
} from '../core/policy';
import { Disposable } from './dispose';
import { nodeIdOf, parseNodeSettings, type NodeSetting } from './nodes/node-setting';

const SECTION = 'meshRedirect';
const SHORTEST_INTERVAL = 100;

/** What `meshRedirect.switch.*` may be, in seconds, and is where it is not set or no number. */
const DEADLINE = { least: 5, most: 600, fallback: 20 };
/** What `meshRedirect.rollOut.batch` may be. */
const BATCH = { least: 1, most: 50, fallback: 5 };
const DRAIN_LIMIT = { least: 0, most: 86_400, fallback: 600 };

/** The settings `meshRedirect.*`, checked. */
export class Settings extends Disposable {
  readonly #nodesChanged = this._register(new vscode.EventEmitter<void>());
  readonly onDidChangeNodes = this.#nodesChanged.event;
  readonly #inspectorChanged = this._register(new vscode.EventEmitter<void>());
  readonly onDidChangeInspector = this.#inspectorChanged.event;
  readonly #policyChanged = this._register(new vscode.EventEmitter<void>());
  readonly onDidChangePolicy = this.#policyChanged.event;

  constructor() {
    super();
    this._register(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (['nodes', 'kind'].some((key) => event.affectsConfiguration(`${SECTION}.${key}`))) {
          this.#nodesChanged.fire();
        }
        if (['policy', 'policies'].some((key) => event.affectsConfiguration(`${SECTION}.${key}`))) {
          this.#policyChanged.fire();
        }
        if (event.affectsConfiguration(`${SECTION}.inspector`)) this.#inspectorChanged.fire();
      }),
    );
  }

  nodes(): NodeSetting[] {
    return parseNodeSettings(this.#get('nodes', [])).nodes;
  }

  /** Whether the nodes of this machine's kind clusters are to be shown. */
  showsKind(): boolean {
    return this.#get('kind.show', true) === true;
  }

  /** What is wrong with the list of nodes, a sentence each. */
  nodeProblems(): string[] {
    return parseNodeSettings(this.#get('nodes', [])).problems;
  }

  /** What the settings say of the policy: of every workload, then of some. */
  policySources(): PolicySource[] {
    const name = `${SECTION}.policy`;
    const everywhere = parseSettings(this.#get('policy', {}));
    const some: unknown = this.#get('policies', []);
    return [
      { name, rank: 'setting', selector: EVERY, ...everywhere, place: (path) => path },
      ...readPolicies(some, `${SECTION}.policies`),
    ];
  }

  /** What is wrong with the policies, a sentence each. */
  policyProblems(): string[] {
    return this.policySources().flatMap(({ name, settings, problems }) =>
      [...problems, ...(settings ? policyFromSettings([settings]).problems : [])].map((problem) =>
        problemText(name, problem),
      ),
    );
  }

  /** Milliseconds between two looks of the inspector. */
  inspectorInterval(): number {
    const value = this.#get('inspector.interval', 1000);
    return typeof value === 'number' ? Math.max(SHORTEST_INTERVAL, Math.round(value)) : 1000;
  }

  /** Seconds after which a switch that was not confirmed is taken back. */
  switchDeadline(): number {
    return within(this.#get('switch.deadline', DEADLINE.fallback), DEADLINE);
  }

  /** Seconds for which the node itself waits for the connections that are older than a switch. */
  switchDrainLimit(): number {
    return within(this.#get('switch.drainLimit', DRAIN_LIMIT.fallback), DRAIN_LIMIT);
  }

  /** How many workloads a roll-out switches at once, after the first. */
  rollOutBatch(): number {
    return within(this.#get('rollOut.batch', BATCH.fallback), BATCH);
  }

  /** Puts a node on the list; a node with the same id is replaced. Entries that are wrong stay as they are. */
  async addNode(setting: NodeSetting): Promise<void> {
    await this.#writeNodes([...this.#nodesWithout(nodeIdOf(setting)), setting]);
  }

  async removeNode(id: string): Promise<void> {
    await this.#writeNodes(this.#nodesWithout(id));
  }

  #nodesWithout(id: string): unknown[] {
    const value = this.#get('nodes', []);
    if (!Array.isArray(value)) return [];
    return value.filter(
      (entry: unknown) => !parseNodeSettings([entry]).nodes.some((node) => nodeIdOf(node) === id),
    );
  }

  async #writeNodes(nodes: unknown[]): Promise<void> {
    await vscode.workspace
      .getConfiguration(SECTION)
      .update('nodes', nodes, vscode.ConfigurationTarget.Global);
  }

  #get(key: string, fallback: unknown): unknown {
    return vscode.workspace.getConfiguration(SECTION).get<unknown>(key, fallback);
  }
}

function within(value: unknown, { least, most, fallback }: typeof DEADLINE): number {
  const seconds = typeof value === 'number' && Number.isFinite(value) ? Math.round(value) : fallback;
  return Math.min(most, Math.max(least, seconds));
}
