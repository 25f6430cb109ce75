import * as vscode from 'vscode';
import { explain, isCancellation, type Explanation } from './errors';
import type { Log } from './log';

/** Tells a person of failures: message, remedy, and the way to the log. */
export class Failures {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Runs something to its end. Its failure is shown and goes no further. */
  async guard(run: () => Promise<void> | void): Promise<void> {
    try {
      await run();
    } catch (error) {
      // Not waited for: the notification stays until somebody closes it.
      void this.#show(error);
    }
  }

  /** A failure that a person is told of together with others: to the log only. */
  log(failure: Explanation, error: unknown): void {
    this.#log.failure(failure, error);
  }

  /** What a person cancelled by themselves is no failure. */
  async #show(error: unknown): Promise<void> {
    if (isCancellation(error)) return;
    const failure = explain(error);
    this.#log.failure(failure, error);
    const showLog = 'Show Log';
    const text = failure.remedy === null ? failure.message : `${failure.message} ${failure.remedy}`;
    if ((await vscode.window.showErrorMessage(text, showLog)) === showLog) this.#log.show();
  }
}
