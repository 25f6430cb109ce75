import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import { forward } from './forward';
import type { SshHost } from './host';
import { openTcp } from './tcp';

/**
 * Opens the connection that SSH is spoken over with `host`.
 * @param via the machine before it on the route, signed in to
 * @throws NodeError `port-closed`, `unreachable`, `bad-settings`, `cancelled`, or the signal's own reason
 */
export async function openStream(
  host: SshHost,
  via: { client: Client; host: SshHost } | undefined,
  tell: (text: string) => void,
  signal: AbortSignal,
): Promise<Duplex> {
  if (via) return forward(via, host, signal);
  if (host.proxyCommand === undefined) return openTcp(host, signal);
  const { runProxyCommand } = await import('./proxy-command');
  return runProxyCommand(host.proxyCommand, host, tell);
}
