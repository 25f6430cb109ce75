import * as vscode from 'vscode';
import { DEFAULT_POLICY, parsePolicy, type Policy, type Problem } from '../core/policy';
import { Disposable } from './dispose';
import { nodeIdOf, parseNodeSettings, type NodeSetting } from './nodes/node-setting';

const SECTION = 'meshRedirect';
const SHORTEST_INTERVAL = 100;

const problemText = ({ path, message, remedy }: Problem): string =>
  `${['meshRedirect.policy', path].filter(Boolean).join('.')}: ${message} ${remedy}`;

/** The setting `meshRedirect.policy` is wrong. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';

  constructor(problems: readonly Problem[]) {
    super(problems.map(problemText).join(' '));
  }
}

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
        if (event.affectsConfiguration(`${SECTION}.nodes`)) this.#nodesChanged.fire();
        if (event.affectsConfiguration(`${SECTION}.policy`)) this.#policyChanged.fire();
        if (event.affectsConfiguration(`${SECTION}.inspector`)) this.#inspectorChanged.fire();
      }),
    );
  }

  nodes(): NodeSetting[] {
    return parseNodeSettings(this.#get('nodes', [])).nodes;
  }

  /** What is wrong with the list of nodes, a sentence each. */
  nodeProblems(): string[] {
    return parseNodeSettings(this.#get('nodes', [])).problems;
  }

  /** What workloads are observed under: the defaults of FSM while the setting is wrong. */
  policy(): Readonly<Policy> {
    return parsePolicy(this.#get('policy', {})).policy ?? DEFAULT_POLICY;
  }

  /** What a switch declares: rejects a setting that is wrong, for a switch must not guess. */
  checkedPolicy(): Policy {
    const { policy, problems } = parsePolicy(this.#get('policy', {}));
    if (policy === null) throw new PolicyError(problems.filter(({ severity }) => severity === 'error'));
    return policy;
  }

  /** What is wrong with the policy, a sentence each. */
  policyProblems(): string[] {
    return parsePolicy(this.#get('policy', {})).problems.map(problemText);
  }

  /** Milliseconds between two looks of the inspector. */
  inspectorInterval(): number {
    const value = this.#get('inspector.interval', 1000);
    return typeof value === 'number' ? Math.max(SHORTEST_INTERVAL, Math.round(value)) : 1000;
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
