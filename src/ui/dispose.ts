/** Something that holds a resource until it is disposed. `vscode.Disposable` is one. */
export interface Owned {
  dispose(): unknown;
}

/** Owns what it registers: all of it ends with this object, in reverse order. */
export abstract class Disposable {
  readonly #owned: Owned[] = [];
  #disposed = false;

  get isDisposed(): boolean {
    return this.#disposed;
  }

  /** Takes over `owned` and gives it back. What arrives after the end is disposed at once. */
  protected _register<T extends Owned>(owned: T): T {
    if (this.#disposed) owned.dispose();
    else this.#owned.push(owned);
    return owned;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (let owned = this.#owned.pop(); owned; owned = this.#owned.pop()) owned.dispose();
  }
}
