import * as vscode from 'vscode';

/** Within this time VS Code gives the keyboard back to what was in front before a command was chosen. Milliseconds. */
const SETTLING = 500;

type ListOptions = Pick<
  vscode.QuickPickOptions,
  'title' | 'placeHolder' | 'matchOnDescription' | 'matchOnDetail'
>;

/**
 * Shows a list to choose from, as `showQuickPick` does. Where a webview is in front, VS Code gives it the keyboard back when the
 * command palette closes, too late to be before the list: one of `showQuickPick` is gone then, unread. This one stays, and takes the
 * keyboard again; after that it closes, as others do, when the focus goes elsewhere.
 * @returns what was picked; undefined where the list was closed
 */
export function showList<T extends vscode.QuickPickItem>(
  items: readonly T[],
  options: ListOptions & { canPickMany: true },
): Promise<readonly T[] | undefined>;
export function showList<T extends vscode.QuickPickItem>(
  items: readonly T[],
  options: ListOptions,
): Promise<T | undefined>;
export async function showList<T extends vscode.QuickPickItem>(
  items: readonly T[],
  options: ListOptions & { canPickMany?: true },
): Promise<T | readonly T[] | undefined> {
  const list = vscode.window.createQuickPick<T>();
  const {
    title,
    placeHolder,
    matchOnDescription = false,
    matchOnDetail = false,
    canPickMany = false,
  } = options;
  list.title = title;
  list.placeholder = placeHolder;
  list.matchOnDescription = matchOnDescription;
  list.matchOnDetail = matchOnDetail;
  list.canSelectMany = canPickMany;
  list.items = items;
  if (canPickMany) list.selectedItems = items.filter(({ picked }) => picked === true);
  list.ignoreFocusOut = true;
  const settling = setTimeout(() => {
    void vscode.commands.executeCommand('workbench.action.focusQuickOpen').then(() => {
      list.ignoreFocusOut = false;
    });
  }, SETTLING);
  try {
    return await new Promise((resolve) => {
      list.onDidHide(() => {
        resolve(undefined);
      });
      list.onDidAccept(() => {
        const [first] = list.selectedItems;
        // Enter where the text matches nothing picks nothing.
        if (canPickMany || first) resolve(canPickMany ? list.selectedItems : first);
      });
      list.show();
    });
  } finally {
    clearTimeout(settling);
    list.dispose();
  }
}
