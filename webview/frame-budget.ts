/** How often something may be done in one frame, so that the frame does not take too long. */
export class FrameBudget {
  readonly #each: number;
  #left: number;
  #frame: unknown = null;

  /** `each`: how often in each frame. */
  constructor(each: number) {
    this.#each = each;
    this.#left = each;
  }

  /** Gives whether it may be done once more in this frame. */
  take(): boolean {
    const frame = document.timeline.currentTime;
    if (frame !== this.#frame) this.#left = this.#each;
    this.#frame = frame;
    if (this.#left === 0) return false;
    this.#left--;
    return true;
  }
}
