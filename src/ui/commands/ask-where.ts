import * as vscode from 'vscode';
import type { OfferedHost } from '../../nodes/ssh/offered-hosts';
import { parseSshTarget, type SshTarget } from '../nodes/node-setting';

/** Where a node is. `configured`: `~/.ssh/config` says how to reach it, so no more has to be asked. */
export interface Where {
  target: SshTarget;
  configured: boolean;
}

type HostItem = vscode.QuickPickItem & { where: Where | null };

const QUESTION = 'Where is the node?';

/** Asks where a node is: a host of `~/.ssh/config`, or an address that is typed. Undefined if given up. */
export async function askWhere(title: string): Promise<Where | undefined> {
  const { offeredHosts } = await import('../../nodes/ssh/offered-hosts');
  const offered = await offeredHosts();
  return offered.length === 0 ? await typed(title) : await picked(title, offered);
}

async function typed(title: string): Promise<Where | undefined> {
  const value = await vscode.window.showInputBox({
    title,
    prompt: QUESTION,
    placeHolder: 'user@host:port',
    ignoreFocusOut: true,
    validateInput: (text) => {
      const parsed = parseSshTarget(text);
      return 'problem' in parsed ? parsed.problem : undefined;
    },
  });
  const parsed = value === undefined ? undefined : parseSshTarget(value);
  return parsed && 'target' in parsed ? { target: parsed.target, configured: false } : undefined;
}

async function picked(title: string, offered: readonly OfferedHost[]): Promise<Where | undefined> {
  const items = offered.map(offeredItem);
  const aliases = new Set(offered.map(({ alias }) => alias));
  const picker = vscode.window.createQuickPick<HostItem>();
  picker.title = title;
  picker.placeholder = `${QUESTION} Pick a host of ~/.ssh/config, or type user@host:port`;
  picker.ignoreFocusOut = true;
  picker.matchOnDescription = true;
  picker.items = items;
  picker.onDidChangeValue((value) => {
    picker.items =
      value.trim() === '' || aliases.has(value.trim()) ? items : [...items, typedItem(value, aliases)];
  });
  const where = await new Promise<Where | undefined>((resolve) => {
    picker.onDidAccept(() => {
      const [item] = picker.activeItems;
      // An address that cannot be read says so in its row, and stays.
      if (!item?.where) return;
      resolve(item.where);
      picker.hide();
    });
    picker.onDidHide(() => {
      resolve(undefined);
    });
    picker.show();
  });
  picker.dispose();
  return where;
}

function offeredItem({ alias, description, user }: OfferedHost): HostItem {
  const target = user === undefined ? { host: alias } : { host: alias, user };
  return { label: `$(server) ${alias}`, description, where: { target, configured: true } };
}

function typedItem(value: string, aliases: ReadonlySet<string>): HostItem {
  const parsed = parseSshTarget(value);
  const label = `$(edit) ${value.trim()}`;
  if ('problem' in parsed) return { label, description: parsed.problem, alwaysShow: true, where: null };
  const { target } = parsed;
  const configured = aliases.has(target.host);
  const description = configured ? 'with what ~/.ssh/config says of it' : 'the address you typed';
  return { label, description, alwaysShow: true, where: { target, configured } };
}
