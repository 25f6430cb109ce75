import type { Client } from 'ssh2';
import { openHop, type Hop, type HopServices } from './hop';
import type { Route } from './route';

/** An authenticated SSH connection to the last host of a route, over the others. */
export interface Session {
  readonly client: Client;
  /** Why the connection was lost, once it was. */
  lostBecause(): string | undefined;
  /** Ends it, and the connections to the hosts on the way. */
  end(): void;
}

/** One after the other, the last first: the connection to each goes over those before it. */
async function closeAll(hops: readonly Hop[]): Promise<void> {
  for (const hop of [...hops].reverse()) await hop.close();
}

/**
 * Connects to every host of a route, one through the other, and signs in to each.
 * @throws NodeError `unreachable`, `port-closed`, `host-key-changed`, `host-key-rejected`,
 * `authentication-refused`, `bad-settings`, `cancelled`
 */
export async function openSession(route: Route, services: HopServices): Promise<Session> {
  const hops: Hop[] = [];
  let lost: string | undefined;
  try {
    for (const host of route.hosts) {
      const hop = await openHop(host, hops.at(-1), services);
      hop.client.on('error', (error) => {
        lost ??= error.message;
      });
      hops.push(hop);
    }
  } catch (error) {
    void closeAll(hops);
    throw error;
  }
  const target = hops.at(-1);
  if (!target) throw new Error('a route has a host');
  return {
    client: target.client,
    lostBecause: () => lost,
    end: () => {
      void closeAll(hops);
    },
  };
}
