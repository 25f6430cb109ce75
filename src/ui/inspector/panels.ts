import * as vscode from 'vscode';
import { readSnapshotFile, type SnapshotFile } from '../../core/history';
import { InspectorState, type ToInspector } from '../../protocol/inspector';
import { Disposable } from '../dispose';
import type { Log } from '../log';
import type { NodeRegistry } from '../nodes/node-registry';
import type { WorkloadEntry } from '../nodes/workload-entry';
import type { Settings } from '../settings';
import { webviewRoot } from './html';
import { FileSession } from './file-session';
import { InspectorPanel, type PanelSession } from './panel';
import { InspectorSession, type InspectorActions, type Subject } from './session';

const VIEW_TYPE = 'meshRedirect.inspector';

/** What the id of a node begins with that is a file. */
const FILE = 'file:';

type Start = (post: (message: ToInspector) => void) => PanelSession;

async function readFile(uri: vscode.Uri): Promise<SnapshotFile> {
  const bytes = await vscode.workspace.fs.readFile(uri);
  try {
    return readSnapshotFile(new TextDecoder().decode(bytes));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(`${uri.path.split('/').at(-1) ?? ''} cannot be shown. ${error.message}`, {
      cause: error,
    });
  }
}

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
    this.#adopt(this.#create(`Rules: ${workload.label}`), subject);
  }

  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const kept = InspectorState.safeParse(state);
    if (!kept.success || this.#panels.has(keyOf(kept.data))) panel.dispose();
    else if (kept.data.nodeId.startsWith(FILE)) return this.#adoptFile(panel, kept.data);
    else this.#adopt(panel, kept.data);
    return Promise.resolve();
  }

  /** Shows a snapshot that was exported. Rejects with RangeError that says what is wrong with the file. */
  async openFile(uri: vscode.Uri): Promise<void> {
    const file = await readFile(uri);
    const subject = { nodeId: `${FILE}${uri.toString()}`, workloadId: file.snapshot.workload.id };
    const open = this.#panels.get(keyOf(subject));
    if (open) open.panel.panel.reveal();
    else this.#show(this.#create(`Snapshot: ${file.workload}`), subject, this.#fileSession(file, subject));
  }

  override dispose(): void {
    for (const { panel } of this.#panels.values()) panel.dispose();
    super.dispose();
  }

  #create(title: string): vscode.WebviewPanel {
    return vscode.window.createWebviewPanel(VIEW_TYPE, title, vscode.ViewColumn.Active, {
      enableScripts: true,
      localResourceRoots: [webviewRoot(this.#extensionUri)],
    });
  }

  #adopt(panel: vscode.WebviewPanel, { nodeId, workloadId }: Subject): void {
    const subject = { nodeId, workloadId };
    this.#show(panel, subject, (post) => {
      return new InspectorSession(subject, this.#registry, this.#settings, this.#actions, post);
    });
  }

  /** A snapshot of before the window was reloaded: its file may be gone by now. */
  async #adoptFile(panel: vscode.WebviewPanel, { nodeId, workloadId }: Subject): Promise<void> {
    const subject = { nodeId, workloadId };
    try {
      const file = await readFile(vscode.Uri.parse(nodeId.slice(FILE.length)));
      this.#show(panel, subject, this.#fileSession(file, subject));
    } catch (error) {
      panel.dispose();
      throw error;
    }
  }

  #fileSession(file: SnapshotFile, { nodeId }: Subject): Start {
    return (post) =>
      new FileSession(
        file,
        nodeId,
        (text) => {
          this.#actions.copy(text);
        },
        post,
      );
  }

  #show(panel: vscode.WebviewPanel, subject: Subject, start: Start): void {
    const adopted = new InspectorPanel(panel, this.#extensionUri, this.#log, start);
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
