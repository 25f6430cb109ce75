import type { Closing } from '../core/redirect';
import { isLoopback, parseAddress } from '../core/net';
import type { Agent } from '../nodes/agent/agent';
import { Calls } from './calls';
import { dumpMap } from './observe';

/** Milliseconds between two looks at the older connections. */
const PAUSE = 200;

/** How many connections of the mode that was left are still open. */
export async function olderConnections(agent: Agent, workload: string, closing: Closing): Promise<number> {
  const [translated, redirected] = await Promise.all([
    translatedConnections(agent, workload, closing.ports),
    closing.origins === null ? 0 : dumpMap(agent, closing.origins).then(({ length }) => length),
  ]);
  return translated + redirected;
}

/** At the sidecar's ports, from another address than loopback: only a rule's translation brings a connection there. */
async function translatedConnections(agent: Agent, workload: string, ports: number[]): Promise<number> {
  if (ports.length === 0) return 0;
  const { connections } = await agent.request('connections/list', { workload, ports });
  return connections.filter(({ remoteAddress }) => {
    const remote = parseAddress(remoteAddress);
    return remote !== null && !isLoopback(remote.bytes);
  }).length;
}

const pause = (milliseconds: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener('abort', done, { once: true });
  });

export interface CloseOptions {
  workload: string;
  /** Milliseconds to wait for older connections. */
  limit: number;
  /** True: close after the limit even if that breaks the connections that remain. */
  cut: boolean;
  /** Ends the waiting. */
  signal?: AbortSignal | undefined;
  /** Told how many remain, at each look. */
  onWaiting?: ((remaining: number) => void) | undefined;
}

/**
 * Waits for the connections of the mode that was left to end, and takes away what was kept for them. Gives how many
 * remain: where any do and `cut` is not set, all that was kept stays, and the next switch to the same mode closes it.
 */
export async function closePlan(agent: Agent, closing: Closing, options: CloseOptions): Promise<number> {
  const { workload, signal } = options;
  let remaining = await olderConnections(agent, workload, closing);
  for (let waited = 0; remaining > 0 && waited < options.limit && signal?.aborted !== true; waited += PAUSE) {
    options.onWaiting?.(remaining);
    await pause(PAUSE, signal);
    remaining = await olderConnections(agent, workload, closing);
  }
  if (remaining > 0 && !options.cut) return remaining;
  const calls = new Calls(agent);
  for (const { call } of closing.steps) await calls.make(call);
  return 0;
}
