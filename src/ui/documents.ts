import * as vscode from 'vscode';
import { Disposable } from './dispose';

const SCHEME = 'mesh-redirect';

/** Writes a document as it should be now. */
export type Render = () => Promise<string>;

/** Read-only documents of our own, such as `mesh-redirect:/policy/root@10.0.0.1/web.yaml`. */
export class Documents extends Disposable implements vscode.TextDocumentContentProvider {
  readonly #changed = this._register(new vscode.EventEmitter<vscode.Uri>());
  readonly onDidChange = this.#changed.event;
  /** Kept when closed: a preview lets go of its document, and asks for it again when it is shown again. */
  readonly #documents = new Map<string, { uri: vscode.Uri; render: Render; text: string }>();

  constructor() {
    super();
    this._register(vscode.workspace.registerTextDocumentContentProvider(SCHEME, this));
  }

  /** The document of that path, written now. Its last segment is what the tab shows. Rejects as `render` does. */
  async write(path: readonly string[], render: Render): Promise<vscode.Uri> {
    // A name of a node or a workload is one segment, whatever is in it.
    const segments = path.map((segment) => segment.replaceAll('/', '\u2215'));
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${segments.join('/')}` });
    await this.#put(uri, render);
    return uri;
  }

  /** Writes every document below a folder anew. */
  async refresh(folder: string): Promise<void> {
    const inside = [...this.#documents.values()].filter(({ uri }) => uri.path.startsWith(`/${folder}/`));
    await Promise.all(inside.map(({ uri, render }) => this.#put(uri, render)));
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    const text = this.#documents.get(uri.toString())?.text;
    return text ?? 'Run the command again: this was written before the window was reloaded.\n';
  }

  async #put(uri: vscode.Uri, render: Render): Promise<void> {
    this.#documents.set(uri.toString(), { uri, render, text: await render() });
    this.#changed.fire(uri);
  }
}
