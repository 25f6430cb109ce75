/** What a row is high before it was seen, in pixels: `--row` of main.css. */
const USUAL = 22;

/** Where each row of a long list is, in pixels from the top of the list. */
export class RowHeights {
  /** By key, so that a row keeps its height when others come and go. */
  readonly #measured = new Map<string, number>();
  #keys: readonly string[] = [];
  #heights = new Float64Array(0);
  /** Of each row's upper edge, and of the end of the last one. */
  #tops = new Float64Array(1);

  setKeys(keys: readonly string[]): void {
    this.#keys = keys;
    this.#heights = new Float64Array(keys.length).fill(USUAL);
    if (this.#measured.size > 0) {
      for (const [index, key] of keys.entries()) {
        const height = this.#measured.get(key);
        if (height !== undefined) this.#heights[index] = height;
      }
    }
    this.#place(0);
  }

  /** Sets the heights of rows that were seen, from `first` on. Gives whether any was thought otherwise. */
  measure(first: number, heights: readonly number[]): boolean {
    let changed = Infinity;
    for (const [at, height] of heights.entries()) {
      const index = first + at;
      const key = this.#keys[index];
      if (key === undefined || height === 0 || Math.abs((this.#heights[index] ?? 0) - height) < 0.5) continue;
      this.#heights[index] = height;
      this.#measured.set(key, height);
      changed = Math.min(changed, index);
    }
    if (changed === Infinity) return false;
    this.#place(changed);
    return true;
  }

  /** All rows have changed their heights: their width is another one. */
  forget(): void {
    this.#measured.clear();
    this.setKeys(this.#keys);
  }

  /** The upper edge of a row; of the row after the last one: the end. */
  top(index: number): number {
    return this.#tops[Math.min(index, this.#keys.length)] ?? 0;
  }

  /** The rows of which any part lies between `top` and `height` pixels further down; `last` is not among them. */
  range(top: number, height: number): { first: number; last: number } {
    const first = Math.max(0, this.#at(top));
    const last = Math.min(this.#keys.length, this.#at(top + height) + 1);
    return { first: Math.min(first, Math.max(0, this.#keys.length - 1)), last };
  }

  /** The row that lies at so many pixels. */
  #at(pixels: number): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#tops[middle + 1] ?? Infinity) > pixels) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #place(from: number): void {
    if (this.#tops.length !== this.#keys.length + 1) this.#tops = new Float64Array(this.#keys.length + 1);
    let top = from === 0 ? 0 : (this.#tops[from] ?? 0);
    for (let index = from; index < this.#keys.length; index++) {
      this.#tops[index] = top;
      top += this.#heights[index] ?? USUAL;
    }
    this.#tops[this.#keys.length] = top;
  }
}
