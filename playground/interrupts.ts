/**
 * What has to be cleaned up when this process is interrupted. Signals belong to the whole process, and so does this
 * list: with one handler each, the first to finish would end the process before the others have cleaned up.
 */
const cleanups = new Set<() => Promise<void>>();
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

let interrupted = false;

function interrupt(signal: NodeJS.Signals): void {
  if (interrupted) return;
  interrupted = true;
  void Promise.allSettled([...cleanups].map((cleanup) => cleanup())).then((results) => {
    for (const result of results) if (result.status === 'rejected') console.error(result.reason);
    for (const each of SIGNALS) process.removeListener(each, interrupt);
    process.kill(process.pid, signal);
  });
}

/**
 * On SIGINT, SIGTERM and SIGHUP all registered clean-ups run side by side; then the signal does what it does.
 * @returns to be called when there is nothing to clean up any more
 */
export function onInterrupt(cleanup: () => Promise<void>): () => void {
  if (cleanups.size === 0) for (const signal of SIGNALS) process.on(signal, interrupt);
  cleanups.add(cleanup);
  return () => {
    cleanups.delete(cleanup);
    if (cleanups.size === 0 && !interrupted)
      for (const signal of SIGNALS) process.removeListener(signal, interrupt);
  };
}
