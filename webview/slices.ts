/** How long the page may be held up at a time, in milliseconds: far less than a frame may take. */
const SLICE = 8;

/** Runs one computation at a time, in slices, so that the page goes on being drawn and answers. */
export class Slices {
  #next: ReturnType<typeof setTimeout> | undefined;

  /**
   * Runs `work`, which yields wherever it can be interrupted, and hands its result to `done`: before this returns, where one
   * slice is enough. What ran before is given up.
   */
  run<Result>(work: Generator<void, Result>, done: (result: Result) => void): void {
    this.stop();
    const slice = (): void => {
      const end = performance.now() + SLICE;
      do {
        const step = work.next();
        if (step.done === true) {
          done(step.value);
          return;
        }
      } while (performance.now() < end);
      this.#next = setTimeout(slice);
    };
    slice();
  }

  /** Gives up what is running. */
  stop(): void {
    clearTimeout(this.#next);
  }
}
