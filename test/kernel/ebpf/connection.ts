import type { Peer } from './peer';

/** A socket of a process of a pod. */
export interface End {
  peer: Peer;
  fd: number;
}

/** The two ends of one connection. */
export interface Connection {
  client: End;
  server: End;
}

/** Connects; the ends do not block unless `blocks`. */
export async function connected(
  client: Peer,
  server: Peer,
  address: string,
  port: number,
  { blocks = false } = {},
): Promise<Connection> {
  const listener = await server.listen(address, port);
  const made = await client.connect(address, port);
  const accepted = await server.accept(listener);
  await server.do('close', listener);
  if (!blocks) {
    await client.do('nonblock', made);
    await server.do('nonblock', accepted);
  }
  return { client: { peer: client, fd: made }, server: { peer: server, fd: accepted } };
}

export const opposite = ({ client, server }: Connection): Connection => ({ client: server, server: client });

/** Sends, and gives what is read at the other end. */
export async function said({ client, server }: Connection, text: string): Promise<string> {
  await client.peer.do('send', client.fd, text);
  return heard(server);
}

/** What `receive` gives: the text, or the name of the error. */
export async function heard({ peer, fd }: End, how = ''): Promise<string> {
  const { text, error } = await peer.ask('receive', fd, how);
  return text ?? error ?? '';
}

/**
 * Talks. Which packets are looked at is chance, one in four: after so many rounds both ends of a connection have joined, but
 * for one case in a million.
 */
export async function talk(connection: Connection, rounds = 60): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    await said(connection, `question${round}`);
    await said(opposite(connection), `answer${round}`);
  }
}

export async function closed({ client, server }: Connection): Promise<void> {
  await client.peer.do('close', client.fd);
  await server.peer.do('close', server.fd);
}
