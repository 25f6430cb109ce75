import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A process that runs until it is stopped, and tells what it does line by line. */
export class Daemon {
  readonly #argv: readonly string[];
  readonly #child: ChildProcess;
  /** Resolves when it has ended, and every line was told. */
  readonly closed: Promise<void>;
  #stderr = '';

  /**
   * @param argv what to run
   * @param onLine each line of its stdout
   */
  constructor(argv: readonly string[], onLine: (line: string) => void) {
    this.#argv = argv;
    // A group of its own: Ctrl-C reaches us alone, and we end it in our own order.
    // And it ends with this process, even if that is killed.
    this.#child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...argv], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.#child.on('error', (error) => (this.#stderr += error.message));
    this.closed = new Promise((resolve) =>
      this.#child.once('close', () => {
        resolve();
      }),
    );
    if (this.#child.stdout) createInterface({ input: this.#child.stdout }).on('line', onLine);
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-4096);
    });
  }

  /** Starts one and waits until it prints the line `ready`. Rejects with its stderr if it ends before. */
  static async start(argv: readonly string[]): Promise<Daemon> {
    let isReady = (): void => undefined;
    const ready = new Promise<void>((resolve) => (isReady = resolve));
    const daemon = new Daemon(argv, (line) => {
      if (line === 'ready') isReady();
    });
    await Promise.race([ready, daemon.#ended()]);
    return daemon;
  }

  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error(`${this.#argv.join(' ')} was not started: ${this.#stderr}`);
    return pid;
  }

  get running(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Its last words on stderr. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Ends it and waits for that, and for its last line. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (!this.running) return;
    this.#child.kill(signal);
    await this.closed;
  }

  async #ended(): Promise<never> {
    const [code] = (await Promise.race([
      once(this.#child, 'close'),
      once(this.#child, 'error'),
    ])) as unknown[];
    throw new Error(`${this.#argv.join(' ')} ended before it was ready (${String(code)}): ${this.#stderr}`);
  }
}
