import * as vscode from 'vscode';
import type { CommandLog } from '../nodes/node';
import { quoteCommand } from '../nodes/ssh/quote';
import { Disposable } from './dispose';
import type { Explanation } from './errors';

/** The output channel "Mesh Redirect": every command that was run on a node, and what went wrong. */
export class Log extends Disposable implements CommandLog {
  readonly #channel = this._register(vscode.window.createOutputChannel('Mesh Redirect', { log: true }));

  command(entry: Parameters<CommandLog['command']>[0]): void {
    const outcome = entry.exitCode === null ? 'started' : `exit ${entry.exitCode}`;
    const line = `[${entry.node}] $ ${quoteCommand(entry.argv)}  (${outcome}, ${Math.round(entry.milliseconds)} ms)`;
    if (entry.exitCode === 0 || entry.exitCode === null) this.#channel.info(line);
    else this.#channel.warn(line);
  }

  message(entry: Parameters<CommandLog['message']>[0]): void {
    this.#channel[entry.level](`[${entry.node}] ${entry.text}`);
  }

  /** A failure as the person sees it, with the stack that they do not see. */
  failure(failure: Explanation, error: unknown): void {
    this.#channel.error(failure.remedy === null ? failure.message : `${failure.message} ${failure.remedy}`);
    if (error instanceof Error && error.stack !== undefined) this.#channel.debug(error.stack);
  }

  show(): void {
    this.#channel.show(true);
  }
}
