import type { FromInspector } from '../src/protocol/inspector';

/** How long what is seen has to stay before the host is told, in milliseconds: not with each step of scrolling. */
const SETTLED = 100;

/** Tells the host what is on the screen, once it stays. */
export class Settled {
  readonly #post: (message: FromInspector) => void;
  /** What the host was told last, and when it is told again. */
  #told: string;
  #telling: ReturnType<typeof setTimeout> | undefined;

  /** `known`: what the host takes for seen before it is told. */
  constructor(post: (message: FromInspector) => void, known?: FromInspector) {
    this.#post = post;
    this.#told = JSON.stringify(known);
  }

  tell(message: FromInspector): void {
    clearTimeout(this.#telling);
    const seen = JSON.stringify(message);
    if (seen === this.#told) return;
    this.#telling = setTimeout(() => {
      this.#told = seen;
      this.#post(message);
    }, SETTLED);
  }
}
