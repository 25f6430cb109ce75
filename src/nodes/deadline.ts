/** A time limit that does not count the time that a person takes to answer. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #reason: () => Error;
  #left: number;
  #since = 0;
  #pauses = 0;
  #over = false;
  #timer: NodeJS.Timeout | undefined;

  /** Starts at once. @param milliseconds how long, without the pauses */
  constructor(milliseconds: number, reason: () => Error) {
    this.#left = milliseconds;
    this.#reason = reason;
    this.#run();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Runs `work` with the clock stopped. What is asked for within it, or beside it, stops the clock no less. */
  async pausedFor<T>(work: () => Promise<T>): Promise<T> {
    if (this.#pauses++ === 0) this.#halt();
    try {
      return await work();
    } finally {
      if (--this.#pauses === 0 && !this.#over) this.#run();
    }
  }

  /** Ends it for good. */
  stop(): void {
    this.#over = true;
    clearTimeout(this.#timer);
  }

  #halt(): void {
    clearTimeout(this.#timer);
    this.#left -= Date.now() - this.#since;
  }

  #run(): void {
    this.#since = Date.now();
    this.#timer = setTimeout(
      () => {
        this.#controller.abort(this.#reason());
      },
      Math.max(0, this.#left),
    );
  }
}
