/** Where each row of a long list is, in pixels from the top of the list. */
export class RowOffsets {
  /** How many rows there are. */
  readonly count: number;
  /** Of each row's upper edge, and of the end of the last one. */
  readonly #tops: Float64Array;

  /** `height`: what a row is high, in pixels. */
  constructor(count: number, height: (index: number) => number) {
    this.count = count;
    this.#tops = new Float64Array(count + 1);
    let top = 0;
    for (let index = 0; index < count; index++) {
      this.#tops[index] = top;
      top += height(index);
    }
    this.#tops[count] = top;
  }

  /** The upper edge of a row; of the row after the last one: the end. */
  top(index: number): number {
    return this.#tops[Math.min(index, this.count)] ?? 0;
  }

  /** The rows of which any part lies between `top` and `height` pixels further down; `last` is not among them. */
  range(top: number, height: number): { first: number; last: number } {
    const first = Math.min(this.#at(top), Math.max(0, this.count - 1));
    return { first, last: Math.min(this.count, this.#at(top + height) + 1) };
  }

  /** The row that lies at so many pixels. */
  #at(pixels: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.top(middle + 1) > pixels) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
