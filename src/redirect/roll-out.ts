/** Many workloads to one mode: one first, then batches. Knows only how one is switched, verified and brought back. */

/** Where a workload is on its way. `failed`: it is as it was before, or could not be brought back; `text` says which. */
export type StageKind =
  'waiting' | 'switching' | 'verifying' | 'done' | 'failed' | 'undoing' | 'undone' | 'stuck';

export interface Stage {
  readonly kind: StageKind;
  /** The step that it is at, or what came of it. */
  readonly text: string;
}

/** What one workload takes. Each rejects with what a person is to be told. */
export interface RollOutDriver<T> {
  /** Resolves once it is switched and confirmed, with what came of it; rejects after it was taken back. */
  switch(target: T, signal: AbortSignal, report: (step: string) => void): Promise<string>;
  /** Proves it with real connections. Resolves with what was proved. */
  verify(target: T, signal: AbortSignal): Promise<string>;
  /** Brings it back to what was there before `switch`. */
  undo(target: T, report: (step: string) => void): Promise<string>;
}

export interface RollOutTerms {
  /** How many are switched at once, after the first. */
  readonly batch: number;
  /** What is brought back when one fails: every workload that was switched, or that one alone. */
  readonly onFailure: 'undo-all' | 'undo-failed';
}

export type RollOutState = 'running' | 'undoing' | 'done' | 'failed' | 'cancelled';

const WAITING: Stage = { kind: 'waiting', text: '' };
const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** One roll-out. It is run once. */
export class RollOut<T> {
  readonly targets: readonly T[];
  readonly terms: RollOutTerms;
  readonly #driver: RollOutDriver<T>;
  readonly #onChange: () => void;
  readonly #stages = new Map<T, Stage>();
  #state: RollOutState = 'running';

  /** @param onChange told whenever `stage` or `state` is another */
  constructor(
    targets: readonly T[],
    driver: RollOutDriver<T>,
    terms: RollOutTerms,
    onChange: () => void = () => undefined,
  ) {
    this.targets = targets;
    this.terms = terms;
    this.#driver = driver;
    this.#onChange = onChange;
  }

  get state(): RollOutState {
    return this.#state;
  }

  stage(target: T): Stage {
    return this.#stages.get(target) ?? WAITING;
  }

  /**
   * Runs it to its end, and never rejects: the stages tell. Aborting the signal stops it: what is being switched is taken
   * back, what is done stays, and what has not begun does not begin.
   */
  async run(signal: AbortSignal): Promise<void> {
    const [first, ...others] = this.targets;
    const batches = [...(first === undefined ? [] : [[first]]), ...inBatches(others, this.terms.batch)];
    for (const batch of batches) {
      if (signal.aborted) break;
      await Promise.all(batch.map((target) => this.#one(target, signal)));
      if (this.#with('failed', 'stuck').length > 0) break;
    }
    const failed = this.#with('failed', 'stuck').length > 0;
    if (failed && !signal.aborted && this.terms.onFailure === 'undo-all') await this.undoAll();
    this.#become(failed && !signal.aborted ? 'failed' : signal.aborted ? 'cancelled' : 'done');
  }

  /** Brings every workload back that was switched, the last first. Never rejects. */
  async undoAll(): Promise<void> {
    const before = this.#state;
    this.#become('undoing');
    for (const target of this.#with('done').reverse()) await this.#undo(target, 'undone');
    this.#become(before);
  }

  async #one(target: T, signal: AbortSignal): Promise<void> {
    this.#to(target, 'switching', '');
    try {
      const text = await this.#driver.switch(target, signal, (step) => {
        this.#to(target, 'switching', step);
      });
      this.#to(target, 'verifying', text);
    } catch (error) {
      if (signal.aborted) this.#to(target, 'undone', words(error));
      else this.#to(target, 'failed', words(error));
      return;
    }
    try {
      this.#to(target, 'done', await this.#driver.verify(target, signal));
    } catch (error) {
      await this.#undo(target, signal.aborted ? 'undone' : 'failed', words(error));
    }
  }

  async #undo(target: T, then: 'failed' | 'undone', why = ''): Promise<void> {
    this.#to(target, 'undoing', why);
    try {
      const text = await this.#driver.undo(target, (step) => {
        this.#to(target, 'undoing', step);
      });
      this.#to(target, then, [why, text].filter((part) => part !== '').join(' '));
    } catch (error) {
      this.#to(target, 'stuck', [why, `It could not be brought back: ${words(error)}`].join(' ').trim());
    }
  }

  #with(...kinds: readonly StageKind[]): T[] {
    return this.targets.filter((target) => kinds.includes(this.stage(target).kind));
  }

  #to(target: T, kind: StageKind, text: string): void {
    this.#stages.set(target, { kind, text });
    this.#onChange();
  }

  #become(state: RollOutState): void {
    this.#state = state;
    this.#onChange();
  }
}

function inBatches<T>(all: readonly T[], size: number): T[][] {
  const batches: T[][] = [];
  for (let first = 0; first < all.length; first += size) batches.push(all.slice(first, first + size));
  return batches;
}
