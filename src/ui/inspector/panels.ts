import * as vscode from 'vscode';
import { InspectorState } from '../../protocol/inspector';
import { Disposable } from '../dispose';
import type { Log } from '../log';
import type { NodeRegistry } from '../nodes/node-registry';
import type { WorkloadEntry } from '../nodes/workload-entry';
import type { Settings } from '../settings';
import { webviewRoot } from './html';
import { InspectorPanel } from './panel';
import { InspectorSession, type InspectorActions, type Subject } from './session';

const VIEW_TYPE = 'meshRedirect.inspector';

/** The inspectors: one tab a workload, restored after a reload of the window. */
export class InspectorPanels extends Disposable implements vscode.WebviewPanelSerializer {
  readonly #extensionUri: vscode.Uri;
  readonly #registry: NodeRegistry;
  readonly #settings: Settings;
  readonly #log: Log;
  readonly #actions: InspectorActions;
  readonly #panels = new Map<string, { subject: Subject; panel: InspectorPanel }>();
  readonly #activeChanged = this._register(new vscode.EventEmitter<void>());
  /** Fires when another inspector, or none, is the one in front. */
  readonly onDidChangeActive = this.#activeChanged.event;

  constructor(
    extensionUri: vscode.Uri,
    registry: NodeRegistry,
    settings: Settings,
    log: Log,
    actions: InspectorActions,
  ) {
    super();
    this.#extensionUri = extensionUri;
    this.#registry = registry;
    this.#settings = settings;
    this.#log = log;
    this.#actions = actions;
    this._register(vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, this));
  }

  /** The workload of the inspector in front, if one is. */
  get inspected(): WorkloadEntry | undefined {
    const active = [...this.#panels.values()].find(({ panel }) => panel.panel.active);
    return active && this.#registry.node(active.subject.nodeId)?.workload(active.subject.workloadId);
  }

  open(workload: WorkloadEntry): void {
    const subject = { nodeId: workload.node.id, workloadId: workload.id };
    const open = this.#panels.get(keyOf(subject));
    if (open) {
      open.panel.panel.reveal();
      return;
    }
    const panel = vscode.window.createWebviewPanel(
      VIEW_TYPE,
      `Rules: ${workload.label}`,
      vscode.ViewColumn.Active,
      {
        enableScripts: true,
        localResourceRoots: [webviewRoot(this.#extensionUri)],
      },
    );
    this.#adopt(panel, subject);
  }

  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const kept = InspectorState.safeParse(state);
    if (kept.success && !this.#panels.has(keyOf(kept.data))) this.#adopt(panel, kept.data);
    else panel.dispose();
    return Promise.resolve();
  }

  override dispose(): void {
    for (const { panel } of this.#panels.values()) panel.dispose();
    super.dispose();
  }

  #adopt(panel: vscode.WebviewPanel, { nodeId, workloadId }: Subject): void {
    const subject = { nodeId, workloadId };
    const adopted = new InspectorPanel(panel, this.#extensionUri, this.#log, (post) => {
      return new InspectorSession(subject, this.#registry, this.#settings, this.#actions, post);
    });
    this.#panels.set(keyOf(subject), { subject, panel: adopted });
    adopted.onDidDispose(() => {
      this.#panels.delete(keyOf(subject));
      this.#activeChanged.fire();
    });
    panel.onDidChangeViewState(() => {
      this.#activeChanged.fire();
    });
    this.#activeChanged.fire();
  }
}

const keyOf = ({ nodeId, workloadId }: Subject): string => JSON.stringify([nodeId, workloadId]);
