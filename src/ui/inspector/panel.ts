import * as vscode from 'vscode';
import { FromInspector, type ToInspector } from '../../protocol/inspector';
import { Disposable } from '../dispose';
import type { Log } from '../log';
import { inspectorHtml, webviewRoot } from './html';

/** What becomes of the messages of one panel. */
export interface PanelSession {
  receive(message: FromInspector): void;
  /** The webview is hidden, and VS Code has thrown its page away. It says `ready` when it is back. */
  hidden(): void;
  dispose(): void;
}

/** The plumbing of one inspector tab: its page, its messages, its end. */
export class InspectorPanel extends Disposable {
  readonly panel: vscode.WebviewPanel;
  readonly #disposed = this._register(new vscode.EventEmitter<void>());
  readonly onDidDispose = this.#disposed.event;

  constructor(
    panel: vscode.WebviewPanel,
    extensionUri: vscode.Uri,
    log: Log,
    start: (post: (message: ToInspector) => void) => PanelSession,
  ) {
    super();
    this.panel = panel;
    const { webview } = panel;
    const session = this._register(
      start((message) => {
        // False means that the page is hidden; it asks for everything when it is back.
        if (!this.isDisposed) void webview.postMessage(message);
      }),
    );
    this._register(
      webview.onDidReceiveMessage((message: unknown) => {
        const parsed = FromInspector.safeParse(message);
        if (parsed.success) session.receive(parsed.data);
        else log.message({ node: 'inspector', level: 'error', text: parsed.error.message });
      }),
    );
    this._register(
      panel.onDidChangeViewState(() => {
        if (!panel.visible) session.hidden();
      }),
    );
    panel.onDidDispose(() => {
      this.#disposed.fire();
      this.dispose();
    });
    webview.options = { enableScripts: true, localResourceRoots: [webviewRoot(extensionUri)] };
    panel.iconPath = {
      light: vscode.Uri.joinPath(extensionUri, 'media', 'inspector.light.svg'),
      dark: vscode.Uri.joinPath(extensionUri, 'media', 'inspector.dark.svg'),
    };
    webview.html = inspectorHtml(webview, extensionUri);
  }
}
