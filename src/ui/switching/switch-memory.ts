import type { Mode, SavedState } from '../../core/redirect';
import type { Saved, SavedStates, WorkloadKey } from './saved-states';

/**
 * Keeps what was there before a switch from the moment on at which all its steps are done: however this VS Code and the
 * switch then end, it can be rolled back. Where it is taken back, what was kept before it is kept again.
 */
export class SwitchMemory {
  readonly #saved: SavedStates;
  readonly #key: WorkloadKey;
  readonly #to: Mode;
  readonly #earlier: Saved | null;
  #keeping: Promise<void> | null = null;

  constructor(saved: SavedStates, key: WorkloadKey, to: Mode) {
    this.#saved = saved;
    this.#key = key;
    this.#to = to;
    this.#earlier = saved.of(key);
  }

  /** @param before what redirected before the switch */
  armed(before: SavedState): void {
    this.#keeping = this.#saved.keep(this.#key, { at: Date.now(), to: this.#to, state: before });
    // Whoever ends the switch is told (`kept`, `takenBack`).
    this.#keeping.catch(() => undefined);
  }

  /** Resolves when it is kept; rejects where VS Code could not write it. */
  async kept(): Promise<void> {
    await this.#keeping;
  }

  async takenBack(): Promise<void> {
    if (this.#keeping === null) return;
    await this.#keeping;
    if (this.#earlier) await this.#saved.keep(this.#key, this.#earlier);
    else await this.#saved.forget(this.#key);
  }
}
