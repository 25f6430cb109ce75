import { LocalRunner } from '../../src/nodes/local/local-runner';
import type { Channel, Command, Runner } from '../../src/nodes/runner';

/** This machine with something changed: runs each command through another one. */
export class Through implements Runner {
  readonly #inner = new LocalRunner();
  readonly #prefix: readonly [string, ...string[]];

  constructor(...prefix: [string, ...string[]]) {
    this.#prefix = prefix;
  }

  byHand(command: Command | null): Command {
    return this.#inner.byHand(command);
  }

  start({ file, args }: Command): Promise<Channel> {
    const [first, ...others] = this.#prefix;
    return this.#inner.start({ file: first, args: [...others, file, ...args] });
  }
}
