/** A time limit that does not count the time that a person takes to answer. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #reason: () => Error;
  #left: number;
  #since = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Starts at once. @param milliseconds how long, without the pauses */
  constructor(milliseconds: number, reason: () => Error) {
    this.#left = milliseconds;
    this.#reason = reason;
    this.#start();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Runs `work` with the clock stopped. */
  async pausedFor<T>(work: () => Promise<T>): Promise<T> {
    this.stop();
    try {
      return await work();
    } finally {
      this.#start();
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#left -= Date.now() - this.#since;
  }

  #start(): void {
    this.#since = Date.now();
    this.#timer = setTimeout(
      () => {
        this.#controller.abort(this.#reason());
      },
      Math.max(0, this.#left),
    );
  }
}
