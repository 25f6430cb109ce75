/** What can be listened to. */
export interface Readable<T> {
  readonly value: T;
  /** Gives the function that ends it. */
  subscribe(listener: () => void): () => void;
}

/** One value that changes. Listeners are told after a change, and not when an equal value is set. */
export class Signal<T> implements Readable<T> {
  readonly #listeners = new Set<() => void>();
  #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
