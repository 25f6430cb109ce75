import * as vscode from 'vscode';

/** VS Code's own, but it can be switched off. */
const MARKDOWN = 'vscode.markdown-language-features';

/** Shows a document of ours that is Markdown: as a page, where VS Code can, else as its text. */
export async function showPage(uri: vscode.Uri, { beside = false } = {}): Promise<void> {
  if (vscode.extensions.getExtension(MARKDOWN)) {
    await vscode.commands.executeCommand(beside ? 'markdown.showPreviewToSide' : 'markdown.showPreview', uri);
    return;
  }
  const viewColumn = beside ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active;
  await vscode.window.showTextDocument(uri, { viewColumn, preview: true });
}
