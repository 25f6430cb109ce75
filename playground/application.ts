import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { Daemon } from './daemon';
import { APPLICATION_UID, type Pod } from './pod';

/** Where the server listens. */
export const APPLICATION_PORT = 8080;

const SCRIPT = join(import.meta.dirname, 'application.mjs');

/** The client's totals since it started. A request fails when it is not answered right by whom it asked for. */
export interface Requests {
  ok: number;
  failed: number;
  lastError: string | null;
}

/** A server in one pod, and a client in another that calls it all the time. */
export class Application {
  readonly #server: Daemon;
  readonly #client: Daemon;
  readonly #changed = new EventEmitter<{ change: [] }>();
  #requests: Requests = { ok: 0, failed: 0, lastError: null };

  private constructor(server: Daemon, client: Pod, targets: readonly string[]) {
    const argv = [process.execPath, SCRIPT, 'client', `--uid=${APPLICATION_UID}`];
    this.#server = server;
    this.#client = new Daemon(
      client.inside([...argv, ...targets.map((target) => `--target=${target}`)]),
      (line) => {
        this.#requests = JSON.parse(line) as Requests;
        this.#changed.emit('change');
      },
    );
  }

  /** Resolves after the first good answer. Rejects with the client's error when the first answer is another. */
  static async start(client: Pod, server: Pod, options: { ipv6: boolean }): Promise<Application> {
    const identity = [`--port=${APPLICATION_PORT}`, `--name=${server.namespace}`, `--uid=${APPLICATION_UID}`];
    const listening = await Daemon.start(server.inside([process.execPath, SCRIPT, 'server', ...identity]));
    const targets = [`${server.address}:${APPLICATION_PORT}`];
    if (options.ipv6) targets.push(`[${server.address6}]:${APPLICATION_PORT}`);
    const application = new Application(listening, client, targets);
    await application.waitForRequests(1);
    return application;
  }

  requests(): Requests {
    return { ...this.#requests };
  }

  /**
   * Resolves when `count` more requests have been answered well.
   * @param patience milliseconds after which it rejects, with the client's last error
   */
  async waitForRequests(count: number, patience = 30_000): Promise<void> {
    const goal = this.#requests.ok + count;
    const signal = AbortSignal.timeout(patience);
    while (this.#requests.ok < goal) {
      await once(this.#changed, 'change', { signal }).catch((error: unknown) => {
        const { ok, failed, lastError } = this.#requests;
        const numbers = `the client has ${ok} answers (${goal} wanted) and ${failed} failures`;
        throw new Error([numbers, `its last error: ${String(lastError)}`, ...this.#deaths()].join('; '), {
          cause: error,
        });
      });
    }
  }

  /** Neither ends by itself, whatever the other or a sidecar does. */
  #deaths(): string[] {
    return Object.entries({ client: this.#client, server: this.#server })
      .filter(([, daemon]) => !daemon.running)
      .map(([name, daemon]) => `the ${name} has ended: ${daemon.stderr}`);
  }

  /** Ends the client: its connections close, and the server has nothing more to answer. */
  async hush(): Promise<void> {
    await this.#client.stop();
  }

  async stop(): Promise<void> {
    await this.hush();
    await this.#server.stop();
  }
}
