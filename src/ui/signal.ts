import type * as vscode from 'vscode';

/** A signal that is aborted when the token is cancelled, for as long as the subscription is not disposed. */
export function signalOf(token: vscode.CancellationToken): {
  signal: AbortSignal;
  subscription: vscode.Disposable;
} {
  const abort = new AbortController();
  const subscription = token.onCancellationRequested(() => {
    abort.abort();
  });
  if (token.isCancellationRequested) abort.abort();
  return { signal: abort.signal, subscription };
}
