import { request } from 'node:http';
import { SIDECAR_BINARY } from '../tools/build-playground.mjs';
import { Daemon } from './daemon';
import { run } from './run';

export interface Traffic {
  connections: number;
  /** Bytes from who connected to the destination, and back. */
  bytesUp: number;
  bytesDown: number;
}

export interface DirectionCounters extends Traffic {
  active: number;
  /** Connections that nothing had redirected: without an original destination, or with the sidecar as it. */
  refused: number;
  /** Their destination could not be connected. */
  failed: number;
}

/** What a sidecar has proxied since it started. */
export interface SidecarCounters {
  pid: number;
  uid: number;
  netnsCookie: string;
  inbound: DirectionCounters;
  outbound: DirectionCounters;
  /** By original destination: `10.77.0.3:8080`, `[fd77::3]:8080`. */
  destinations: (Traffic & { direction: 'inbound' | 'outbound'; destination: string })[];
}

/** Where connections go that come to the sidecar's own ports, as `10.77.0.3:15003`; by default they are refused. */
export interface Upstreams {
  inbound?: string;
  outbound?: string;
}

/** The sidecar of one pod. It can be stopped and started again, as a crash would. */
export class Sidecar {
  readonly #inside: (argv: readonly string[]) => string[];
  readonly #socket: string;
  #daemon: Daemon | null = null;

  /**
   * @param inside makes an argv that runs in the pod
   * @param socket where its admin port is also to be reached from outside of the pod's network
   */
  constructor(inside: (argv: readonly string[]) => string[], socket: string) {
    this.#inside = inside;
    this.#socket = socket;
  }

  get pid(): number {
    if (!this.#daemon?.running) throw new Error('the sidecar does not run');
    return this.#daemon.pid;
  }

  /** Resolves when it listens. */
  async start(upstreams: Upstreams = {}): Promise<void> {
    if (this.#daemon?.running) throw new Error('the sidecar runs already');
    const options = Object.entries(upstreams).map(([direction, to]) => `--${direction}-upstream=${to}`);
    this.#daemon = await Daemon.start(
      this.#inside([SIDECAR_BINARY, '--admin-socket', this.#socket, ...options]),
    );
  }

  /** Resolves when it has ended. Its connections are reset. */
  async stop(): Promise<void> {
    await this.#daemon?.stop('SIGKILL');
  }

  counters(): Promise<SidecarCounters> {
    return new Promise((resolve, reject) => {
      const visit = request({ socketPath: this.#socket, path: '/', agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('error', reject).on('end', () => {
          resolve(JSON.parse(text) as SidecarCounters);
        });
      });
      visit.on('error', reject).end();
    });
  }
}

/** The cookie of the network namespace with this name, as the kernel says it to a socket made there. */
export async function netnsCookie(namespace: string): Promise<string> {
  const argv = ['nsenter', `--net=/run/netns/${namespace}`, '--', SIDECAR_BINARY, '--netns-cookie'];
  return (await run(argv)).stdout.trim();
}
