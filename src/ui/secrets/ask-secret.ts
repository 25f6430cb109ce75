import * as vscode from 'vscode';
import type { AskPerson } from './secret-memory';

const KEEP: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon('save'),
  tooltip: 'Use it, and keep it in VS Code’s secret storage',
};

/** Asks in an input box. Closing it gives up; so does who asked, when nobody waits any more. */
export const askSecret: AskPerson = async ({ id, title, detail, visible, again, signal }) => {
  const box = vscode.window.createInputBox();
  box.title = title;
  box.password = visible !== true;
  box.ignoreFocusOut = true;
  const keeping = id === null ? '' : 'Enter remembers it until VS Code is closed; the button above keeps it.';
  box.prompt = [detail === undefined ? '' : `“${detail}”`, keeping].filter((text) => text !== '').join(' ');
  if (id !== null) box.buttons = [KEEP];
  if (again) box.validationMessage = 'That was not accepted. Try again.';
  const hide = (): void => {
    box.hide();
  };
  try {
    return await new Promise<{ text: string; keep: boolean } | undefined>((resolve) => {
      box.onDidChangeValue(() => {
        box.validationMessage = undefined;
      });
      box.onDidAccept(() => {
        resolve({ text: box.value, keep: false });
      });
      box.onDidTriggerButton(() => {
        resolve({ text: box.value, keep: true });
      });
      box.onDidHide(() => {
        resolve(undefined);
      });
      signal.addEventListener('abort', hide, { once: true });
      box.show();
      if (signal.aborted) hide();
    });
  } finally {
    signal.removeEventListener('abort', hide);
    box.dispose();
  }
};
