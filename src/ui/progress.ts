import * as vscode from 'vscode';
import { signalOf } from './signal';

/** Says what is being done now. */
export type Report = (message: string) => void;

/**
 * Runs something under a progress notification whose Cancel aborts the signal. Rejects as `run` does.
 */
export async function cancellable<T>(
  title: string,
  run: (signal: AbortSignal, report: Report) => Promise<T>,
): Promise<T> {
  return await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    async (progress, token) => {
      const { signal, subscription } = signalOf(token);
      try {
        return await run(signal, (message) => {
          progress.report({ message });
        });
      } finally {
        subscription.dispose();
      }
    },
  );
}
