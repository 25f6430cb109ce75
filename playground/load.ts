import { LOAD_BINARY } from '../tools/build-playground.mjs';
import { Daemon } from './daemon';
import { LoadClient, PORTS, type LoadedPod, type LoadOptions, type LoadTotals } from './load-client';
import { APPLICATION_UID } from './pod';
import { run } from './run';

export type { Answers, FailureKind, LoadedPod, LoadOptions, LoadTotals } from './load-client';

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

/** A server in each of these pods, which load can be put on; each is to be stopped. */
export async function startServers(pods: readonly LoadedPod[]): Promise<Daemon[]> {
  const servers: Daemon[] = [];
  for (const pod of pods) {
    await prepare(pod);
    const ports = PORTS.map((port) => `--port=${port}`);
    const identity = [`--name=${pod.namespace}`, `--uid=${APPLICATION_UID}`];
    servers.push(await Daemon.start(pod.inside([LOAD_BINARY, 'server', ...identity, ...ports])));
  }
  return servers;
}

/** Microseconds on this machine: a call of the kernel that does nothing, and 64 bytes written and read each way. */
export interface MessageCosts {
  call: number;
  tcp: number;
  unix: number;
  pipe: number;
}

/** What no redirection can make cheaper, on these processors or on any. */
export async function messageCosts(processors: readonly number[]): Promise<MessageCosts> {
  const pinned = processors.length ? ['taskset', '--cpu-list', processors.join(',')] : [];
  return JSON.parse((await run([...pinned, LOAD_BINARY, 'messages'])).stdout) as MessageCosts;
}

/**
 * Load on two pods: connections from one to a server in the other, each answer checked for who gave it. A server of its
 * own name is in the client's pod too: whoever ends there by mistake gets a wrong answer, and not none.
 */
export class Load {
  readonly #client: LoadedPod;
  readonly #server: LoadedPod;
  readonly #servers: readonly Daemon[];
  readonly #connections: LoadClient;

  private constructor(
    client: LoadedPod,
    server: LoadedPod,
    servers: readonly Daemon[],
    options: LoadOptions,
  ) {
    this.#client = client;
    this.#server = server;
    this.#servers = servers;
    this.#connections = new LoadClient(client, server, options);
  }

  /** Resolves after the first totals. */
  static async start(client: LoadedPod, server: LoadedPod, options: LoadOptions): Promise<Load> {
    const load = new Load(client, server, await startServers([client, server]), options);
    await load.until(() => true);
    return load;
  }

  /** What became of it until now. */
  totals(): LoadTotals {
    return this.#connections.totals();
  }

  /** Resolves with the next totals for which this is true. Rejects if the client ends before. */
  until(reached: (totals: LoadTotals) => boolean): Promise<LoadTotals> {
    return this.#connections.until(reached);
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
    try {
      return await this.#connections.stop();
    } finally {
      for (const server of this.#servers) await server.stop();
    }
  }
}
