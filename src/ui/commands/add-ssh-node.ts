import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import type { SshNodeSetting } from '../nodes/node-setting';
import { askWhere } from './ask-where';

type KeyItem = vscode.QuickPickItem & { choice: 'agent' | 'browse' | { file: string } };

const TITLE = 'Add SSH Node';

/**
 * Asks in two steps for a node to reach by SSH: where it is, and, unless `~/.ssh/config` knows it, with which key. Undefined if
 * given up.
 */
export async function askForSshNode(): Promise<SshNodeSetting | undefined> {
  const where = await askWhere(`${TITLE} (1/2)`);
  if (where === undefined) return undefined;
  const { target, configured } = where;
  if (configured) return { kind: 'ssh', ...target };
  const key = await askForKey(target.user);
  if (key === undefined) return undefined;
  return { kind: 'ssh', ...target, ...(key === 'agent' ? {} : { identityFile: key.file }) };
}

/** A key from ~/.ssh, a path that is typed, a file that is browsed for, or whatever the ssh-agent holds. */
async function askForKey(user = 'root'): Promise<'agent' | { file: string } | undefined> {
  const offered = await keyItems();
  const picker = vscode.window.createQuickPick<KeyItem>();
  picker.title = `${TITLE} (2/2)`;
  picker.placeholder = `Private key to sign in as ${user}: choose one, or type its path`;
  picker.ignoreFocusOut = true;
  picker.items = offered;
  picker.onDidChangeValue((value) => {
    picker.items = looksLikePath(value) ? [typedItem(value), ...offered] : offered;
  });
  const picked = await new Promise<KeyItem | undefined>((resolve) => {
    picker.onDidAccept(() => {
      // Whoever pastes a path and presses Enter at once is ahead of the list.
      const picked = looksLikePath(picker.value) ? typedItem(picker.value) : picker.activeItems[0];
      if (picked === undefined) return;
      resolve(picked);
      picker.hide();
    });
    picker.onDidHide(() => {
      resolve(undefined);
    });
    picker.show();
  });
  picker.dispose();
  return picked?.choice === 'browse' ? await browseForKey() : picked?.choice;
}

async function keyItems(): Promise<KeyItem[]> {
  const files = (await privateKeys(path.join(homedir(), '.ssh'))).map((file) => fileItem(file));
  const agent: KeyItem[] = process.env['SSH_AUTH_SOCK']
    ? [{ label: '$(key) SSH agent', description: 'the keys it holds', choice: 'agent' }]
    : [];
  return [...agent, ...files, { label: '$(folder-opened) Choose a key file…', choice: 'browse' }];
}

/** The keys that have their public half beside them, which is how ssh-keygen leaves them. */
async function privateKeys(folder: string): Promise<string[]> {
  // No such folder, or not readable: then there is nothing to offer.
  const names = new Set(await readdir(folder).catch(() => []));
  return [...names]
    .filter((name) => names.has(`${name}.pub`))
    .sort()
    .map((name) => path.join(folder, name));
}

function fileItem(file: string): KeyItem {
  return { label: `$(file) ${path.basename(file)}`, description: path.dirname(file), choice: { file } };
}

function looksLikePath(value: string): boolean {
  return /^(~?\/|[a-z]:\\)./i.test(value.trim());
}

function typedItem(value: string): KeyItem {
  const file = value.trim().replace(/^~(?=\/)/, homedir());
  return {
    label: `$(file) ${value.trim()}`,
    description: 'the path you typed',
    alwaysShow: true,
    choice: { file },
  };
}

async function browseForKey(): Promise<{ file: string } | undefined> {
  const [file] =
    (await vscode.window.showOpenDialog({
      title: 'Private key',
      openLabel: 'Use This Key',
      defaultUri: vscode.Uri.file(path.join(homedir(), '.ssh')),
    })) ?? [];
  return file === undefined ? undefined : { file: file.fsPath };
}
