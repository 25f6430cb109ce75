import { NodeError } from './errors';

/** The error for an aborted signal: `time-out` after `AbortSignal.timeout`, else `cancelled`. */
export function abortError(signal: AbortSignal, what: string): NodeError {
  const { reason } = signal as { reason: unknown };
  if (reason instanceof NodeError) return reason;
  if (reason instanceof Error && reason.name === 'TimeoutError') {
    return new NodeError('time-out', `${what}: no answer in time.`, 'Check that the node is not overloaded.');
  }
  return new NodeError('cancelled', `${what}: cancelled.`, 'Start again when you are ready.');
}

/**
 * Settles as `promise` does, or rejects as soon as the signal is aborted. What `promise` then still does is
 * left to `onAbort` to stop.
 */
export async function abortable<T>(
  promise: Promise<T>,
  signal: AbortSignal,
  what: string,
  onAbort: () => void,
): Promise<T> {
  let listener: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    listener = () => {
      onAbort();
      reject(abortError(signal, what));
    };
    if (signal.aborted) listener();
    else signal.addEventListener('abort', listener, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (listener) signal.removeEventListener('abort', listener);
  }
}
