import * as vscode from 'vscode';
import { untilRead } from './until-read';

/**
 * Shows a list to choose from, as `showQuickPick` does, and again where VS Code takes it away before it can have been read.
 * @returns what was picked; undefined where nothing was
 */
export function showList<T extends vscode.QuickPickItem>(
  items: readonly T[],
  options: vscode.QuickPickOptions & { canPickMany: true },
): Promise<T[] | undefined>;
export function showList<T extends vscode.QuickPickItem>(
  items: readonly T[],
  options: vscode.QuickPickOptions,
): Promise<T | undefined>;
export function showList<T extends vscode.QuickPickItem>(
  items: readonly T[],
  options: vscode.QuickPickOptions,
): Promise<T | T[] | undefined> {
  return untilRead(() => vscode.window.showQuickPick(items, options));
}
