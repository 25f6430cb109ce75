import { EventEmitter, once } from 'node:events';
import { LOAD_BINARY } from '../tools/build-playground.mjs';
import { Daemon } from './daemon';
import { APPLICATION_UID } from './pod';
import type { Output } from './run';
import type { Sidecar } from './sidecar';

/** Where both pods' servers listen. Several: connections to one alone would use up the client's ports. */
const PORTS = [8101, 8102, 8103, 8104, 8105, 8106, 8107, 8108];

export interface LoadOptions {
  /** Connections that are asked over for ever. */
  persistent?: number;
  /** Connections that end after `lifetime` requests, and are made anew. */
  lasting?: number;
  lifetime?: number;
  /** Milliseconds between two requests of one of these. */
  pause?: number;
  /** Further connections a second, of one request each. */
  rate?: number;
  /** Bytes of a request and of its answer, at least 64. */
  size?: number;
  /** Many requests at once on each connection, with short answers. */
  bulk?: boolean;
  /** The server's pod is redirected all the time: who comes there past its sidecar is wrong. */
  sidecar?: boolean;
  /** Milliseconds to wait for an answer. */
  patience?: number;
  families?: readonly ('ipv4' | 'ipv6')[];
}

/** What the load has to know of a pod, whoever made it. */
export interface LoadedPod {
  readonly namespace: string;
  readonly address: string;
  readonly address6: string;
  readonly sidecar: Pick<Sidecar, 'counters'>;
  inside(argv: readonly string[]): string[];
  run(argv: readonly string[]): Promise<Output>;
}

/** Times are in microseconds. */
export interface Answers {
  ok: number;
  perSecond: number;
  p50: number;
  p99: number;
  longest: number;
}

export type FailureKind = 'refused' | 'reset' | 'closed' | 'timeout' | 'wrong' | 'other';

/** What became of the load since it began. */
export interface LoadTotals {
  done: boolean;
  milliseconds: number;
  /** Connections of one request, from connect to the answer. */
  new: Answers;
  /** Requests over connections that last. */
  requests: Answers;
  /** Connections that were established, of every kind. */
  opened: number;
  bytes: number;
  /** New connections that were due, and could not be begun. */
  behind: number;
  /** Microseconds that anything has waited at the most, failed or not. */
  longestStall: number;
  failures: Record<FailureKind | 'all', number>;
  /** Of the first few failures. */
  errors: string[];
}

/** What the load needs of its pods' networks; it touches no other. */
async function prepare(pod: LoadedPod): Promise<void> {
  const settings = {
    // Each connection takes two ports of the client's pod, its own and its sidecar's; none of the mesh's.
    'ipv4/ip_local_port_range': '16384 65535',
    // Ports of closed connections serve again after a second instead of a minute.
    'ipv4/tcp_tw_reuse': '1',
    // Else the table of connection tracking, which all namespaces share the size of, fills in a minute.
    'netfilter/nf_conntrack_tcp_timeout_time_wait': '10',
  };
  for (const [name, value] of Object.entries(settings)) {
    const file = `/proc/sys/net/${name}`;
    await pod.run(['/bin/sh', '-c', '! [ -e "$1" ] || echo "$2" >"$1"', 'sh', file, value]);
  }
}

function clientArguments(server: LoadedPod, options: LoadOptions): string[] {
  const { families = ['ipv4'], bulk = false, sidecar = false, ...numbers } = options;
  const targets = families.flatMap((family) =>
    PORTS.map((port) => {
      const address = family === 'ipv4' ? server.address : `[${server.address6}]`;
      return `--target=${address}:${port}=${server.namespace}`;
    }),
  );
  const values = Object.entries(numbers).map(([name, value]) => `--${name}=${value}`);
  return [...targets, ...values, ...(bulk ? ['--bulk'] : []), ...(sidecar ? ['--sidecar'] : [])];
}

/**
 * Load on two pods: connections from one to a server in the other, each answer checked for who gave it. A server of its
 * own name is in the client's pod too: whoever ends there by mistake gets a wrong answer, and not none.
 */
export class Load {
  readonly #client: LoadedPod;
  readonly #server: LoadedPod;
  readonly #servers: readonly Daemon[];
  readonly #daemon: Daemon;
  readonly #changed = new EventEmitter<{ change: [] }>();
  #totals: LoadTotals | null = null;

  private constructor(
    client: LoadedPod,
    server: LoadedPod,
    servers: readonly Daemon[],
    options: LoadOptions,
  ) {
    this.#client = client;
    this.#server = server;
    this.#servers = servers;
    const argv = [LOAD_BINARY, 'client', `--uid=${APPLICATION_UID}`, ...clientArguments(server, options)];
    this.#daemon = new Daemon(client.inside(argv), (line) => {
      this.#totals = JSON.parse(line) as LoadTotals;
      this.#changed.emit('change');
    });
  }

  /** Resolves after the first totals. */
  static async start(client: LoadedPod, server: LoadedPod, options: LoadOptions): Promise<Load> {
    const servers: Daemon[] = [];
    for (const pod of [client, server]) {
      await prepare(pod);
      const ports = PORTS.map((port) => `--port=${port}`);
      const identity = [`--name=${pod.namespace}`, `--uid=${APPLICATION_UID}`];
      servers.push(await Daemon.start(pod.inside([LOAD_BINARY, 'server', ...identity, ...ports])));
    }
    const load = new Load(client, server, servers, options);
    await load.until(() => true);
    return load;
  }

  /** What became of it until now. */
  totals(): LoadTotals {
    if (!this.#totals) throw new Error('the load has not told of itself yet');
    return this.#totals;
  }

  /** Resolves with the next totals for which this is true. Rejects if the client ends before. */
  async until(reached: (totals: LoadTotals) => boolean): Promise<LoadTotals> {
    do {
      const ended = this.#daemon.closed.then(() => {
        throw new Error(`the load has ended: ${this.#daemon.stderr}`);
      });
      await Promise.race([once(this.#changed, 'change'), ended]);
    } while (!reached(this.totals()));
    return this.totals();
  }

  /**
   * How many connections of the load, this one or one before, the client's sidecar has taken on the way out, and the
   * server's on the way in. Among the latter may be others: of who verifies a switch.
   */
  async redirected(): Promise<{ outbound: number; inbound: number }> {
    const { address, address6 } = this.#server;
    const targets = PORTS.flatMap((port) => [`${address}:${port}`, `[${address6}]:${port}`]);
    const count = async (pod: LoadedPod, direction: 'inbound' | 'outbound'): Promise<number> =>
      (await pod.sidecar.counters()).destinations
        .filter((each) => each.direction === direction && targets.includes(each.destination))
        .reduce((total, { connections }) => total + connections, 0);
    return { outbound: await count(this.#client, 'outbound'), inbound: await count(this.#server, 'inbound') };
  }

  /** Lets what was begun come to its end, closes every connection, and gives the last totals. */
  async stop(): Promise<LoadTotals> {
    await this.#daemon.stop();
    for (const server of this.#servers) await server.stop();
    const totals = this.totals();
    if (!totals.done) throw new Error(`the load has ended before its time: ${this.#daemon.stderr}`);
    return totals;
  }
}
