/** What can be listened to. */
export interface Readable<T> {
  readonly value: T;
  /** Gives the function that ends it. */
  subscribe(listener: () => void): () => void;
}

/** One value that changes. Listeners are told after a change, and not when an equal value is set. */
export class Signal<T> implements Readable<T> {
  /** Most signals, such as the counters of rules that are not on the screen, have none. */
  #listeners: Set<() => void> | null = null;
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
    for (const listener of [...(this.#listeners ?? [])]) listener();
  }

  subscribe(listener: () => void): () => void {
    const listeners = (this.#listeners ??= new Set());
    listeners.add(listener);
    return () => listeners.delete(listener);
  }
}
