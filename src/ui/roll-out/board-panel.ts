import * as vscode from 'vscode';
import { FromBoard, type Board, type ToBoard } from '../../protocol/board';
import { Disposable } from '../dispose';
import { pageHtml, webviewRoot } from '../inspector/html';

/** The tab with the board of one roll-out. */
export class BoardPanel extends Disposable {
  readonly #panel: vscode.WebviewPanel;
  readonly #board: () => Board;
  #timer: NodeJS.Timeout | null = null;

  /** @param receive what a person presses in it */
  constructor(
    extensionUri: vscode.Uri,
    title: string,
    board: () => Board,
    receive: (message: FromBoard) => void,
  ) {
    super();
    this.#board = board;
    this.#panel = vscode.window.createWebviewPanel('meshRedirect.board', title, vscode.ViewColumn.Active, {
      enableScripts: true,
      localResourceRoots: [webviewRoot(extensionUri)],
    });
    this.#panel.iconPath = {
      light: vscode.Uri.joinPath(extensionUri, 'media', 'inspector.light.svg'),
      dark: vscode.Uri.joinPath(extensionUri, 'media', 'inspector.dark.svg'),
    };
    const { webview } = this.#panel;
    this._register(
      webview.onDidReceiveMessage((message: unknown) => {
        const parsed = FromBoard.safeParse(message);
        if (!parsed.success) return;
        if (parsed.data.type === 'ready') this.#post();
        else receive(parsed.data);
      }),
    );
    this.#panel.onDidDispose(() => {
      this.dispose();
    });
    webview.html = pageHtml(webview, extensionUri, { name: 'board', title: 'Roll-out' });
  }

  reveal(): void {
    if (!this.isDisposed) this.#panel.reveal();
  }

  /** Shows what is now; several changes at once as one. */
  update(): void {
    if (this.isDisposed) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#post();
    }, 50);
  }

  override dispose(): void {
    if (this.#timer) clearTimeout(this.#timer);
    super.dispose();
  }

  /** A hidden page takes nothing: it says `ready` when it is back. */
  #post(): void {
    const message: ToBoard = { type: 'board', board: this.#board() };
    if (!this.isDisposed) void this.#panel.webview.postMessage(message);
  }
}
