import type { Connection, TraceEnd } from './connection';

/** An address and a port as people write them. */
export const endpointText = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

/** A connection in a line. */
export function connectionText(connection: Connection): string {
  const { direction, uid, source, destination, destinationPort } = connection;
  const to = endpointText(destination, destinationPort);
  return direction === 'outbound'
    ? `user ${uid} connects to ${to} over ${connection.interface}`
    : `${source} connects to ${to}, in over ${connection.interface}`;
}

/** Where a connection ends, in words. */
export function endText(end: TraceEnd): string {
  switch (end.kind) {
    case 'direct':
      return 'goes on to where it was meant to go';
    case 'sidecar':
      return end.side === null
        ? `goes to the local port ${end.port}, which is none of the sidecar’s`
        : `goes to the sidecar’s ${end.side} port ${end.port}`;
    case 'rewritten':
      return `goes to ${endpointText(end.destination, end.port)}`;
    case 'refused':
      return 'is refused';
    case 'unknown':
      return `ends where nobody can say: ${end.reason}`;
  }
}
