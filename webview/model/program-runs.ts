import type { ProgramMeasure } from '../../src/protocol/inspector';

export interface Runs {
  /** Since the view was opened. */
  count: number;
  /** Of the latest look. */
  perSecond: number;
  /** Nanoseconds a run, since the view was opened; null before the first run. */
  average: number | null;
  source: ProgramMeasure['source'];
}

interface Seen {
  first: ProgramMeasure;
  before: ProgramMeasure;
  last: ProgramMeasure;
}

/** How often programs ran since the kernel began to count, for as long as the view is open. */
export class ProgramRuns {
  readonly #seen: ReadonlyMap<number, Seen>;
  readonly #at: number | null;
  readonly #seconds: number;

  constructor(seen: ReadonlyMap<number, Seen> = new Map(), at: number | null = null, seconds = 0) {
    this.#seen = seen;
    this.#at = at;
    this.#seconds = seconds;
  }

  /** One look more, at a time in seconds. */
  with(programs: readonly ProgramMeasure[], at: number): ProgramRuns {
    const seen = new Map(
      programs.map((last) => {
        const known = this.#seen.get(last.id);
        return [last.id, { first: known?.first ?? last, before: known?.last ?? last, last }];
      }),
    );
    return new ProgramRuns(seen, at, this.#at === null ? 0 : at - this.#at);
  }

  /** Null for a program that was not looked at yet. */
  of(id: number): Runs | null {
    const seen = this.#seen.get(id);
    if (!seen) return null;
    const { first, before, last } = seen;
    const count = last.runCount - first.runCount;
    const latest = last.runCount - before.runCount;
    return {
      count,
      perSecond: this.#seconds > 0 ? latest / this.#seconds : 0,
      average: count > 0 ? (last.runTime - first.runTime) / count : null,
      source: last.source,
    };
  }
}
