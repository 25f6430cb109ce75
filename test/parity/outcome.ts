/** A connection to be made. Addresses as text; `family` is the socket's, 6 with an IPv4 address is an IPv4-mapped one. */
export interface Connection {
  direction: 'outbound' | 'inbound';
  /** The socket's owner. */
  uid: number;
  gid: number;
  family: 4 | 6;
  to: string;
  port: number;
  /** What the socket is bound to before; null: nothing. */
  from: string | null;
  /** SO_BINDTODEVICE; null: none. */
  device: string | null;
}

/** What one end says of its socket: addresses with ports, or the name of the error that asking gave. */
export interface End {
  /** getpeername. */
  peer: string;
  /** getsockname. */
  local: string;
  /** SO_ORIGINAL_DST. */
  original: string;
  /** IP6T_SO_ORIGINAL_DST. */
  original6: string;
}

/** What became of a connection: the error of connect(2), or what both ends saw and which listener (`sidecar:15001`) took it. */
export type Outcome = { error: string } | { client: End; server: End & { by: string } };

/** `10.0.0.1:80` or `[fd00::1]:80`. */
export const endpoint = (address: string, port: number | '*'): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

/** `10.0.0.1:80` for `[::ffff:10.0.0.1]:80`. */
export const unmapped = (name: string): string => name.replace(/^\[::ffff:([\d.]+)\]/, '$1');

const withoutPort = (name: string): string => name.replace(/:\d+$/, ':*');

/** Without the client's own port, which is the kernel's choice (conntrack may even change it on the way). */
export function withoutClientPort(outcome: Outcome): Outcome {
  if ('error' in outcome) return outcome;
  const { client, server } = outcome;
  return {
    client: { ...client, local: withoutPort(client.local) },
    server: { ...server, peer: withoutPort(server.peer) },
  };
}
