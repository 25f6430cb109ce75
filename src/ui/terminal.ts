import * as vscode from 'vscode';
import { enterWorkload } from '../core/model';
import { NodeError } from '../nodes/errors';
import type { Command } from '../nodes/runner';
import { quoteCommand } from '../nodes/ssh/quote';
import type { WorkloadEntry } from './nodes/workload-entry';
import { placeOf, placeText } from './place';

/**
 * What opens a shell in a workload's network on this machine's terminal. Throws NodeError where its node is not connected, or nothing
 * leads into it.
 */
export function terminalCommand(entry: WorkloadEntry): Command {
  const argv = enterWorkload(entry.workload);
  if (argv === null) {
    throw new NodeError(
      'missing-tool',
      `Nothing leads into ${placeText(placeOf(entry))}: it has neither a name below /run/netns nor a process.`,
      'Refresh the node to see what runs there now.',
    );
  }
  const [file, ...args] = argv;
  return entry.node.connection().byHand(file === undefined ? null : { file, args });
}

/** As a person types it. */
export const commandText = ({ file, args }: Command): string => quoteCommand([file, ...args]);

/** Opens a terminal of VS Code in a workload's network. Its first line is the command that it was opened with. */
export function openTerminal(entry: WorkloadEntry): void {
  const command = terminalCommand(entry);
  const terminal = vscode.window.createTerminal({
    name: placeText(placeOf(entry)),
    shellPath: command.file,
    shellArgs: [...command.args],
    message: `$ ${commandText(command)}`,
    iconPath: new vscode.ThemeIcon('terminal'),
    isTransient: true,
  });
  terminal.show();
}
