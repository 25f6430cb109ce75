import { DEFAULT_POLICY } from '../../src/core/policy';
import { POD_ADDRESS } from './network';
import { endpoint, unmapped, type Connection, type End, type Outcome } from './outcome';

/** One connection, and what became of it in iptables mode. */
export interface Seen {
  connection: Connection;
  /** Under the policy without its interface exclusions; where it has none, what became of it under the policy. */
  everyInterface: Outcome;
}

/** The sidecar's inbound listener. */
const INBOUND = `sidecar:${DEFAULT_POLICY.inboundPort}`;

type Made = Exclude<Outcome, { error: string }>;

/** A difference that is in the nature of the modes. docs/modes-compared.md has the reasons, under the same names. */
export interface Difference {
  name: string;
  /** True where the modes differ so; `outcome` is iptables mode's, after the differences before this one. */
  applies: (outcome: Outcome, seen: Seen) => boolean;
  /** What eBPF mode does instead. */
  becomes: (outcome: Outcome, seen: Seen) => Outcome;
}

const isMade = (outcome: Outcome): outcome is Made => !('error' in outcome);

/** True if someone else took the connection than the one whom the client asked for. */
const isTranslated = ({ client, server }: Made): boolean =>
  !server.by.endsWith(`:${client.peer.split(':').at(-1) ?? ''}`) ||
  unmapped(client.peer) !== unmapped(server.local);

const by = (outcome: Outcome, name: string): boolean => isMade(outcome) && outcome.server.by.startsWith(name);

/** True if PodIP mode led the sidecar's connection to the pod's own address. */
const isRenamed = (outcome: Outcome, { direction }: Connection): boolean =>
  direction === 'outbound' &&
  isMade(outcome) &&
  isTranslated(outcome) &&
  unmapped(outcome.server.local).startsWith(`${POD_ADDRESS}:`);

/** True if the sidecar took a connection that was led to it, or that came to its inbound port from outside. */
const isRedirected = (outcome: Outcome, connection: Connection): boolean =>
  connection.direction === 'inbound'
    ? by(outcome, INBOUND)
    : by(outcome, 'sidecar') && isMade(outcome) && isTranslated(outcome) && !isRenamed(outcome, connection);

/** Another address in the place of one, IPv4-mapped if that is. */
function inPlaceOf(name: string, address: string, port: number | '*'): string {
  return name.startsWith('[::ffff:') ? endpoint(`::ffff:${address}`, port) : endpoint(address, port);
}

/** The same connection from another address. */
const fromAddress = ({ client, server }: Made, address: string): Made => ({
  client: { ...client, local: inPlaceOf(client.local, address, '*') },
  server: { ...server, peer: inPlaceOf(server.peer, address, '*') },
});

const isAnswer = (name: string): boolean => name.includes(':');

/** Without an answer to SO_ORIGINAL_DST. */
const unanswered = <T extends End>(end: T): T => ({
  ...end,
  original: isAnswer(end.original) ? 'ENOENT' : end.original,
  original6: isAnswer(end.original6) ? 'ENOENT' : end.original6,
});

const isAnswered = (outcome: Outcome): boolean =>
  isMade(outcome) &&
  [outcome.client, outcome.server].some((end) => isAnswer(end.original) || isAnswer(end.original6));

/** A change of what both ends saw; an error stays what it is. */
const changed =
  (change: (made: Made, connection: Connection) => Made): Difference['becomes'] =>
  (outcome, { connection }) =>
    isMade(outcome) ? change(outcome, connection) : outcome;

/** Every one, in the order in which they apply. What differs otherwise is a bug. */
export const DIFFERENCES: readonly Difference[] = [
  {
    name: 'excluded interface, outbound',
    applies: (outcome, { connection, everyInterface }) =>
      connection.direction === 'outbound' &&
      connection.device === null &&
      !isRedirected(outcome, connection) &&
      isRedirected(everyInterface, connection),
    becomes: (_, { everyInterface }) => everyInterface,
  },
  {
    name: 'source of a redirected connection',
    applies: (outcome, { connection }) =>
      connection.direction === 'outbound' && connection.from === null && isRedirected(outcome, connection),
    becomes: changed((made, { to }) => fromAddress(made, to.includes(':') ? '::1' : '127.0.0.1')),
  },
  {
    name: 'source in PodIP mode',
    applies: (outcome, { connection }) => connection.from === null && isRenamed(outcome, connection),
    becomes: changed((made) => fromAddress(made, POD_ADDRESS)),
  },
  {
    name: 'local address of an inbound connection',
    applies: (outcome, { connection }) =>
      connection.direction === 'inbound' && isRedirected(outcome, connection),
    becomes: changed(({ client, server }, { to, port }) => ({
      client,
      server: { ...server, local: inPlaceOf(server.local, to, port) },
    })),
  },
  {
    name: 'SO_ORIGINAL_DST of what is not redirected',
    applies: (outcome, { connection, everyInterface }) =>
      isAnswered(outcome) &&
      !isRedirected(outcome, connection) &&
      // sockops does not know by which interface a connection came in, and answers as if it were steered.
      !(connection.direction === 'inbound' && isRedirected(everyInterface, connection)),
    becomes: changed(({ client, server }) => ({ client: unanswered(client), server: unanswered(server) })),
  },
];
