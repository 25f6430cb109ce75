import * as vscode from 'vscode';
import { explain, isCancellation } from './errors';
import type { Log } from './log';

/** Tells a person of failures: message, remedy, and the way to the log. */
export class Failures {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Shows and logs an error. What a person cancelled by themselves is not an error. */
  async show(error: unknown): Promise<void> {
    if (isCancellation(error)) return;
    const failure = explain(error);
    this.#log.failure(failure, error);
    const showLog = 'Show Log';
    const text = failure.remedy === null ? failure.message : `${failure.message} ${failure.remedy}`;
    if ((await vscode.window.showErrorMessage(text, showLog)) === showLog) this.#log.show();
  }
}
