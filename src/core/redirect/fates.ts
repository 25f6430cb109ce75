import type { EstablishedConnection, Snapshot } from '../model';
import { isLoopback, parseAddress } from '../net';
import type { Policy } from '../policy';
import { redirectPorts } from './rule-state';
import type { Verdict } from './verdict';

/** What becomes of a connection that is open when the redirection changes. */
export interface ConnectionFate {
  /** Its ends as the workload's socket names them: `10.0.0.5:40112 - 10.0.0.9:80`. */
  ends: string;
  /** What brings it to the sidecar, or does not. */
  through: 'rules' | 'hooks' | 'nothing';
  /** True: it goes on as it is until it closes. */
  keeps: boolean;
  /** Why it does, or does not. */
  why: string;
}

/** What of the redirection goes. */
export interface Leaving {
  rules: boolean;
  hooks: boolean;
}

const end = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

const isLocal = (address: string): boolean => {
  const parsed = parseAddress(address);
  return parsed !== null && isLoopback(parsed.bytes);
};

/** The open connections of a workload, each once: of those that both ends of are in it, the end that connected. */
class OpenConnections {
  readonly #ports: ReadonlySet<number>;
  readonly #steered: (connection: EstablishedConnection) => boolean;
  /** Who is connected to the sidecar's ports. */
  readonly #redirected: ReadonlySet<string>;
  readonly once: EstablishedConnection[];

  constructor(
    all: readonly EstablishedConnection[],
    ports: ReadonlySet<number>,
    steered: (connection: EstablishedConnection) => boolean,
  ) {
    this.#ports = ports;
    this.#steered = steered;
    const accepted = all.filter(({ localPort }) => ports.has(localPort));
    this.#redirected = new Set(accepted.map((one) => end(one.remoteAddress, one.remotePort)));
    const local = new Set(all.map((one) => end(one.localAddress, one.localPort)));
    this.once = all.filter(
      (one) => !ports.has(one.localPort) || !local.has(end(one.remoteAddress, one.remotePort)),
    );
  }

  /** Rules leave the address that was asked for in the application's socket; hooks put the sidecar's there. */
  through(connection: EstablishedConnection): ConnectionFate['through'] {
    const { localAddress, localPort, remoteAddress, remotePort } = connection;
    if (this.#ports.has(localPort)) return isLocal(remoteAddress) ? 'hooks' : 'rules';
    if (this.#redirected.has(end(localAddress, localPort))) {
      return this.#ports.has(remotePort) && isLocal(remoteAddress) ? 'hooks' : 'rules';
    }
    return this.#steered(connection) ? 'hooks' : 'nothing';
  }
}

function fateOf(through: ConnectionFate['through'], leaving: Leaving, answered: boolean): [boolean, string] {
  switch (through) {
    case 'nothing':
      return [true, 'it is older than what will redirect, and only new connections are redirected'];
    case 'rules':
      return leaving.rules
        ? [true, 'connection tracking goes on translating it until it closes']
        : [true, 'the rules that translated it stay'];
    case 'hooks':
      if (!answered) {
        return [false, 'sockops or getsockopt is not attached: nobody can say where it was meant to go'];
      }
      return leaving.hooks
        ? [true, 'the hooks that answer for it stay until it closes']
        : [true, 'the hooks that answer for it stay attached'];
  }
}

/** What becomes of each open connection of a workload; those of the sidecar's own administration left out. */
export function fatesOf(
  { listeners }: Pick<Snapshot, 'listeners'>,
  policy: Policy,
  { rules, hooks }: Verdict,
  leaving: Leaving,
  connections: readonly EstablishedConnection[],
): ConnectionFate[] {
  const ports = new Set([...redirectPorts(rules), policy.inboundPort, policy.outboundPort]);
  const served = new Set(listeners.map(({ port }) => port));
  // sk_lookup rewrites nothing: the sidecar has a socket at the application's own port.
  const open = new OpenConnections(
    connections.filter(({ localPort, remotePort }) => ![localPort, remotePort].includes(policy.adminPort)),
    ports,
    ({ uid, localPort }) => hooks.size > 0 && uid === policy.sidecarUid && served.has(localPort),
  );
  const answered = hooks.has('sockops') && hooks.has('getsockopt');
  return open.once.map((connection): ConnectionFate => {
    const through = open.through(connection);
    const [keeps, why] = fateOf(through, leaving, answered);
    const { localAddress, localPort, remoteAddress, remotePort } = connection;
    const ends = `${end(localAddress, localPort)} - ${end(remoteAddress, remotePort)}`;
    return { ends, through, keeps, why };
  });
}
