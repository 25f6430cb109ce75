import { abortable, abortError } from './abort';

/** Whose turn is next: whoever somebody waits for comes before whatever is done by the way, each in the order of coming. */
export type Lane = 'waited-for' | 'by-the-way';

/** The turn that somebody has. */
export interface Turn {
  /**
   * Gives it back, for as long as there is nothing to do but to wait. Gives what waits for another one, which comes before
   * all that has not begun, and rejects as `Turns.run` does.
   */
  giveBack(): () => Promise<void>;
}

/** So many at once, and the others wait. What is bounded by time begins with its turn, and not with the waiting. */
export class Turns {
  readonly #lanes: Readonly<Record<Lane | 'begun', Set<() => void>>> = {
    begun: new Set(),
    'waited-for': new Set(),
    'by-the-way': new Set(),
  };
  #free: number;

  constructor(most: number) {
    this.#free = most;
  }

  /** Waits for a turn and does the work in it. Rejects as `work` does, or with `cancelled` where it is aborted while it waits. */
  async run<T>(lane: Lane, signal: AbortSignal, work: (turn: Turn) => Promise<T>): Promise<T> {
    let held = false;
    const take = async (from: Lane | 'begun'): Promise<void> => {
      await this.#turn(from, signal);
      held = true;
    };
    const pass = (): void => {
      if (held) this.#pass();
      held = false;
    };
    const giveBack = (): (() => Promise<void>) => {
      pass();
      return () => take('begun');
    };
    await take(lane);
    try {
      return await work({ giveBack });
    } finally {
      pass();
    }
  }

  async #turn(lane: Lane | 'begun', signal: AbortSignal): Promise<void> {
    const what = 'Waiting for others';
    if (signal.aborted) throw abortError(signal, what);
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    const waiting = this.#lanes[lane];
    let begin: () => void = () => undefined;
    const turn = new Promise<void>((resolve) => {
      begin = resolve;
    });
    waiting.add(begin);
    await abortable(turn, signal, what, () => {
      waiting.delete(begin);
    });
  }

  /** To whoever waits; else it is free. */
  #pass(): void {
    for (const waiting of [this.#lanes.begun, this.#lanes['waited-for'], this.#lanes['by-the-way']]) {
      for (const begin of waiting) {
        waiting.delete(begin);
        begin();
        return;
      }
    }
    this.#free += 1;
  }
}
