import { EventEmitter, once } from 'node:events';
import { LOAD_BINARY } from '../tools/build-playground.mjs';
import { Daemon } from './daemon';
import { APPLICATION_UID } from './pod';
import type { Output } from './run';
import type { Sidecar } from './sidecar';

/** Where both pods' servers listen. Several: connections to one alone would use up the client's ports. */
export const PORTS = [8101, 8102, 8103, 8104, 8105, 8106, 8107, 8108];

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
  /** Where the connections go instead, as `127.0.0.1:15001`; the servers at the ports still have to answer. */
  via?: string;
  /** The server's ports that are asked, in turn; all by default. */
  ports?: readonly number[];
  /** Milliseconds at the beginning of which nothing is counted but failures. */
  warmup?: number;
  /** Milliseconds between two lines of totals. */
  interval?: number;
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

function clientArguments(server: LoadedPod, options: LoadOptions): string[] {
  const { families = ['ipv4'], ports = PORTS, bulk = false, sidecar = false, ...values } = options;
  const targets = families.flatMap((family) =>
    ports.map((port) => {
      const address = family === 'ipv4' ? server.address : `[${server.address6}]`;
      return `--target=${address}:${port}=${server.namespace}`;
    }),
  );
  const named = Object.entries(values).map(([name, value]) => `--${name}=${value}`);
  return [...targets, ...named, ...(bulk ? ['--bulk'] : []), ...(sidecar ? ['--sidecar'] : [])];
}

/** Connections from one pod to the load's server in another, each answer checked for who gave it. */
export class LoadClient {
  readonly #daemon: Daemon;
  readonly #changed = new EventEmitter<{ change: [] }>();
  #totals: LoadTotals | null = null;

  constructor(client: LoadedPod, server: LoadedPod, options: LoadOptions) {
    const argv = [LOAD_BINARY, 'client', `--uid=${APPLICATION_UID}`, ...clientArguments(server, options)];
    this.#daemon = new Daemon(client.inside(argv), (line) => {
      this.#totals = JSON.parse(line) as LoadTotals;
      this.#changed.emit('change');
    });
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

  /** Lets what was begun come to its end, closes every connection, and gives the last totals. */
  async stop(): Promise<LoadTotals> {
    await this.#daemon.stop();
    const totals = this.totals();
    if (!totals.done) throw new Error(`the load has ended before its time: ${this.#daemon.stderr}`);
    return totals;
  }
}
