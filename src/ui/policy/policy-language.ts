import * as vscode from 'vscode';
import type { Suggestion } from '../../core/policy-file';
import { Disposable } from '../dispose';

/** JSON policy files are described by the contributed schema; VS Code knows none for YAML. */
const YAML_POLICY: vscode.DocumentSelector = { pattern: '**/*.mesh-redirect.{yaml,yml}' };

/** Completion and hover in YAML policy files. */
export class PolicyLanguage
  extends Disposable
  implements vscode.CompletionItemProvider, vscode.HoverProvider
{
  constructor() {
    super();
    this._register(vscode.languages.registerCompletionItemProvider(YAML_POLICY, this, ' ', '\n'));
    this._register(vscode.languages.registerHoverProvider(YAML_POLICY, this));
  }

  async provideCompletionItems(
    document: vscode.TextDocument,
    { line, character }: vscode.Position,
  ): Promise<vscode.CompletionItem[]> {
    const { policyFileSchema, suggestionsAt } = await import('../../core/policy-file');
    return suggestionsAt(document.getText(), line, character, policyFileSchema()).map(completion);
  }

  async provideHover(
    document: vscode.TextDocument,
    { line, character }: vscode.Position,
  ): Promise<vscode.Hover | null> {
    const { explanationAt, policyFileSchema } = await import('../../core/policy-file');
    const explanation = explanationAt(document.getText(), line, character, policyFileSchema());
    if (!explanation) return null;
    const { start, end, text } = explanation;
    return new vscode.Hover(text, new vscode.Range(line, start, line, end));
  }
}

function completion({ label, insert, kind, description }: Suggestion): vscode.CompletionItem {
  const { Property, Value } = vscode.CompletionItemKind;
  const item = new vscode.CompletionItem(label, kind === 'key' ? Property : Value);
  item.insertText = insert;
  if (description !== '') item.documentation = description;
  return item;
}
