import { Disposable } from '../dispose';

/** Milliseconds: less than anybody notices, and enough for the workloads of a node to be observed together. */
export const UNNOTICED = 50;

/** Gathers what changed, and tells of all of it at once: a view of thousands of rows is not redrawn for each. */
export class Changes<T> extends Disposable {
  readonly #pause: number;
  readonly #tell: (changed: T[] | undefined) => void;
  readonly #gathered = new Set<T>();
  #all = false;
  #timer: NodeJS.Timeout | null = null;

  /** @param pause how long it gathers, in milliseconds @param tell `undefined`: everything */
  constructor(pause: number, tell: (changed: T[] | undefined) => void) {
    super();
    this.#pause = pause;
    this.#tell = tell;
  }

  /** @param changed `undefined`: everything */
  add(changed: T | undefined): void {
    if (this.isDisposed) return;
    if (changed === undefined) this.#all = true;
    else this.#gathered.add(changed);
    this.#timer ??= setTimeout(() => {
      this.#flush();
    }, this.#pause);
  }

  override dispose(): void {
    if (this.#timer) clearTimeout(this.#timer);
    super.dispose();
  }

  #flush(): void {
    this.#timer = null;
    const changed = this.#all ? undefined : [...this.#gathered];
    this.#all = false;
    this.#gathered.clear();
    this.#tell(changed);
  }
}
