import * as vscode from 'vscode';
import { analyseRuleset, fixesFor, type Finding } from '../../core/analysis';
import { parseRuleset } from '../../core/iptables';
import { Disposable } from '../dispose';

/** The language of what iptables-save prints, as package.json contributes it. */
export const RULES_LANGUAGE = 'iptables';

/** Milliseconds without a key pressed, before the rules are read again: there may be tens of thousands. */
const PAUSE = 300;

/** Not all that is called `.rules` is meant: udev's and others' files are too. */
const holdsTable = (text: string): boolean => /^\*[a-z]+\s*$/m.test(text);

/** Problems of rules in documents of iptables-save, and what can be done about them where they can be changed. */
export class RulesDiagnostics extends Disposable implements vscode.CodeActionProvider {
  readonly #collection = this._register(vscode.languages.createDiagnosticCollection('mesh-redirect-rules'));
  readonly #waiting = new Map<string, NodeJS.Timeout>();

  constructor() {
    super();
    const { workspace, languages } = vscode;
    this._register(
      workspace.onDidOpenTextDocument((document) => {
        this.#check(document);
      }),
    );
    this._register(
      workspace.onDidChangeTextDocument(({ document }) => {
        this.#checkSoon(document);
      }),
    );
    this._register(
      workspace.onDidCloseTextDocument((document) => {
        this.#forget(document);
        this.#collection.delete(document.uri);
      }),
    );
    this._register(
      languages.registerCodeActionsProvider({ language: RULES_LANGUAGE }, this, {
        providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
      }),
    );
    for (const document of workspace.textDocuments) this.#check(document);
  }

  provideCodeActions(
    document: vscode.TextDocument,
    range: vscode.Range,
    { diagnostics }: vscode.CodeActionContext,
  ): vscode.CodeAction[] {
    const mine = diagnostics.filter(({ source }) => source === SOURCE);
    if (mine.length === 0 || document.uri.scheme === 'mesh-redirect') return [];
    const ruleset = parseRuleset(normalized(document));
    const findings = analyseRuleset(ruleset).filter(({ place }) =>
      range.intersection(lineRange(document, place.line)),
    );
    return findings.flatMap((finding) =>
      fixesFor(finding, ruleset).map((fix) => {
        const action = new vscode.CodeAction(fix.title, vscode.CodeActionKind.QuickFix);
        action.diagnostics = mine.filter(({ code }) => code === finding.kind);
        action.edit = new vscode.WorkspaceEdit();
        for (const line of fix.delete) {
          action.edit.delete(document.uri, document.lineAt(line).rangeIncludingLineBreak);
        }
        action.isPreferred = true;
        return action;
      }),
    );
  }

  override dispose(): void {
    for (const timer of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
    super.dispose();
  }

  #checkSoon(document: vscode.TextDocument): void {
    if (document.languageId !== RULES_LANGUAGE) return;
    this.#forget(document);
    const key = document.uri.toString();
    const check = () => {
      this.#waiting.delete(key);
      if (!document.isClosed) this.#check(document);
    };
    this.#waiting.set(key, setTimeout(check, PAUSE));
  }

  #forget({ uri }: vscode.TextDocument): void {
    clearTimeout(this.#waiting.get(uri.toString()));
    this.#waiting.delete(uri.toString());
  }

  #check(document: vscode.TextDocument): void {
    if (document.languageId !== RULES_LANGUAGE) return;
    const text = normalized(document);
    const findings = holdsTable(text) ? analyseRuleset(parseRuleset(text)) : [];
    this.#collection.set(
      document.uri,
      findings.filter(({ place }) => place.line >= 0).map((finding) => diagnostic(document, finding)),
    );
  }
}

const SOURCE = 'Mesh Redirect';

/** Lines are lines, whatever they end with. */
const normalized = (document: vscode.TextDocument): string => document.getText().replaceAll('\r\n', '\n');

const lineRange = (document: vscode.TextDocument, line: number): vscode.Range => document.lineAt(line).range;

function diagnostic(document: vscode.TextDocument, finding: Finding): vscode.Diagnostic {
  const { kind, certain, place, message, reason, cause } = finding;
  const shown = new vscode.Diagnostic(
    lineRange(document, place.line),
    `${message} ${reason}`,
    certain ? vscode.DiagnosticSeverity.Warning : vscode.DiagnosticSeverity.Information,
  );
  shown.source = SOURCE;
  shown.code = kind;
  if (kind === 'dead' || kind === 'shadowed') shown.tags = [vscode.DiagnosticTag.Unnecessary];
  if (cause && cause.line >= 0) {
    const at = new vscode.Location(document.uri, lineRange(document, cause.line));
    const where = cause.rule === null ? cause.chain : `${cause.chain}, rule ${cause.rule}`;
    shown.relatedInformation = [new vscode.DiagnosticRelatedInformation(at, where)];
  }
  return shown;
}
