/**
 * Tells a style sheet to play its animation again: gives `odd` and `even` in turn each time the value is another one
 * than at the last call, and nothing before that. The style sheet has one animation for each.
 */
export class Flash {
  #value: unknown = undefined;
  #beats = -1;

  beat(value: unknown): 'odd' | 'even' | null {
    if (!Object.is(value, this.#value)) {
      this.#value = value;
      this.#beats++;
    }
    if (this.#beats === 0) return null;
    return this.#beats % 2 === 1 ? 'odd' : 'even';
  }
}
