/** Keeps what is put into it as JSON, as VS Code does between two starts. */
export class Memory {
  readonly #values = new Map<string, string>();

  get(key: string): unknown {
    const text = this.#values.get(key);
    return text === undefined ? undefined : JSON.parse(text);
  }

  update(key: string, value: unknown): Promise<void> {
    this.#values.set(key, JSON.stringify(value));
    return Promise.resolve();
  }

  get keys(): string[] {
    return [...this.#values.keys()];
  }
}
