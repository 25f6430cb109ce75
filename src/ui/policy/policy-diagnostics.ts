import * as vscode from 'vscode';
import type { PlacedProblem } from '../../core/policy-file';
import { Disposable } from '../dispose';
import { POLICY_FILES } from './policy-files';

const POLICY_DOCUMENT: vscode.DocumentSelector = { pattern: POLICY_FILES };

/** Any YAML may hold a `MeshConfig`; the others need no parser. */
const mayHoldMeshConfig = (document: vscode.TextDocument): boolean =>
  document.languageId === 'yaml' && /^kind:[ ]*["']?MeshConfig\b/m.test(document.getText());

/** Squiggles in open policy files, and in every open `MeshConfig`: what is wrong, and what to do about it. */
export class PolicyDiagnostics extends Disposable {
  readonly #collection = this._register(vscode.languages.createDiagnosticCollection('mesh-redirect'));

  constructor() {
    super();
    const { workspace } = vscode;
    const check = (document: vscode.TextDocument) => {
      void this.#check(document);
    };
    this._register(workspace.onDidOpenTextDocument(check));
    this._register(
      workspace.onDidChangeTextDocument(({ document }) => {
        check(document);
      }),
    );
    this._register(
      workspace.onDidCloseTextDocument(({ uri }) => {
        this.#collection.delete(uri);
      }),
    );
    for (const document of workspace.textDocuments) check(document);
  }

  async #check(document: vscode.TextDocument): Promise<void> {
    const { uri, version } = document;
    const isPolicy = vscode.languages.match(POLICY_DOCUMENT, document) > 0;
    if (!isPolicy && !mayHoldMeshConfig(document)) {
      this.#collection.delete(uri);
      return;
    }
    const { meshConfigProblems, readPolicyFile } = await import('../../core/policy-file');
    // Somebody typed on, or closed it, while the parser was loaded.
    if (this.isDisposed || document.isClosed || document.version !== version) return;
    const text = document.getText();
    const problems = isPolicy ? readPolicyFile(text, '').problems : meshConfigProblems(text);
    this.#collection.set(
      uri,
      problems.map((problem) => diagnostic(document, problem)),
    );
  }
}

function diagnostic(
  document: vscode.TextDocument,
  { range, severity, message, remedy }: PlacedProblem,
): vscode.Diagnostic {
  const shown = new vscode.Diagnostic(
    new vscode.Range(document.positionAt(range.start), document.positionAt(range.end)),
    `${message} ${remedy}`,
    severity === 'error' ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Warning,
  );
  shown.source = 'Mesh Redirect';
  return shown;
}
