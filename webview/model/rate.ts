/** How long a sparkline looks back, in seconds, and into how many bars it parts that. */
const SECONDS = 30;
export const BARS = 15;

interface Sample {
  /** Seconds since the page was opened. */
  at: number;
  /** In which it was counted. */
  seconds: number;
  count: number;
}

/** How fast a counter grew lately. */
export class Rate {
  #samples: Sample[] = [];

  /** `count` more were counted within the `seconds` before `at`. */
  add(at: number, seconds: number, count: number): void {
    this.#samples.push({ at, seconds, count });
    this.#samples = this.#samples.filter((sample) => at - sample.at < SECONDS);
  }

  /** Per second, by the latest sample; 0 once it is older than twice the time that it was counted in. */
  now(at: number): number {
    const last = this.#samples.at(-1);
    return last && at - last.at <= last.seconds * 2 ? last.count / last.seconds : 0;
  }

  /** True if anything was counted lately: then the bars move. */
  isActive(at: number): boolean {
    return this.#samples.some((sample) => at - sample.at < SECONDS);
  }

  /** The latest `SECONDS`, oldest first, from 0 to 1 of the fastest of them. */
  bars(at: number): number[] {
    const width = SECONDS / BARS;
    const bars = new Array<number>(BARS).fill(0);
    for (const sample of this.#samples) {
      const bar = BARS - 1 - Math.floor((at - sample.at) / width);
      if (bar >= 0 && bar < BARS) bars[bar] = (bars[bar] ?? 0) + sample.count;
    }
    const most = Math.max(...bars);
    return most === 0 ? bars : bars.map((bar) => bar / most);
  }
}
