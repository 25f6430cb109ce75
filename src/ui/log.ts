import * as vscode from 'vscode';
import type { CommandLog } from '../nodes/node';
import { quoteCommand } from '../nodes/ssh/quote';
import { Disposable } from './dispose';
import type { Explanation } from './errors';
import { RanCommands } from './ran-commands';

/** The output channel "Mesh Redirect": every command that was run on a node, and what went wrong. */
export class Log extends Disposable implements CommandLog {
  readonly #channel = this._register(vscode.window.createOutputChannel('Mesh Redirect', { log: true }));
  /** The commands, for who wants to run them by hand. */
  readonly ran = new RanCommands();
  /** Commands that only read, shown since the last one that did more. */
  readonly #reads = new Set<string>();

  command(entry: Parameters<CommandLog['command']>[0]): void {
    this.ran.add({ node: entry.node, argv: entry.argv, netns: entry.netns ?? null });
    const outcome = entry.exitCode === null ? 'started' : `exit ${entry.exitCode}`;
    const command = `[${entry.node}] $ ${quoteCommand(entry.argv)}`;
    const line = `${command}  (${outcome}, ${Math.round(entry.milliseconds)} ms)`;
    if (entry.exitCode !== 0 && entry.exitCode !== null) this.#channel.warn(line);
    else if (this.#isRepeated(command, entry.level === 'debug')) this.#channel.debug(line);
    else this.#channel.info(line);
  }

  message(entry: Parameters<CommandLog['message']>[0]): void {
    this.#channel[entry.level](`[${entry.node}] ${entry.text}`);
  }

  /** A failure as the person sees it, with the stack that they do not see. */
  failure(failure: Explanation, error: unknown): void {
    this.#channel.error(failure.remedy === null ? failure.message : `${failure.message} ${failure.remedy}`);
    if (error instanceof Error && error.stack !== undefined) this.#channel.debug(error.stack);
  }

  /** A watch reads the same again and again: until something is changed, a read is shown once. */
  #isRepeated(command: string, onlyReads: boolean): boolean {
    if (!onlyReads) this.#reads.clear();
    else if (this.#reads.has(command)) return true;
    else this.#reads.add(command);
    return false;
  }

  show(): void {
    this.#channel.show(true);
  }
}
