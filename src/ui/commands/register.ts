import * as vscode from 'vscode';
import { Disposable } from '../dispose';
import type { Failures } from '../failures';
import type { CommandId } from './ids';

/** A command. From the tree it gets the row's element, and all that are selected where it is one of them; from the palette nothing. */
export type CommandHandler = (element?: unknown, selection?: unknown) => Promise<void> | void;

/** Registers a group of commands. A handler's failure is shown to the person and goes no further. */
export class CommandGroup extends Disposable {
  constructor(failures: Failures, handlers: Partial<Record<CommandId, CommandHandler>>) {
    super();
    for (const [id, handler] of Object.entries(handlers)) {
      this._register(
        vscode.commands.registerCommand(id, (element?: unknown, selection?: unknown) =>
          failures.guard(() => handler(element, selection)),
        ),
      );
    }
  }
}
