import * as vscode from 'vscode';

/** Milliseconds that the status bar says so. */
const SAID = 3000;

/** Puts a text into the clipboard, and says so where it does not get in the way. */
export function copyText(text: string): void {
  void vscode.env.clipboard.writeText(text).then(() => vscode.window.setStatusBarMessage('Copied', SAID));
}
