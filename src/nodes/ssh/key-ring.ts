import type { ParsedKey } from 'ssh2';

/** Private keys that a passphrase has opened, so that it is asked for, and computed with, once. Only in memory. */
export class KeyRing {
  readonly #keys = new Map<string, ParsedKey>();

  /** @param id of the locked file's content */
  get(id: string): ParsedKey | undefined {
    return this.#keys.get(id);
  }

  add(id: string, key: ParsedKey): void {
    this.#keys.set(id, key);
  }

  forget(): void {
    this.#keys.clear();
  }
}
