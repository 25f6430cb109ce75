/** A command that was run on a node. */
export interface RanCommand {
  /** The node's id. */
  node: string;
  argv: readonly string[];
  /** The inode of the network namespace of the workload that it was run in; null: the node's own. */
  netns: number | null;
}

/** So many are kept. */
export const MOST = 100;

/** The commands that were run on nodes last, each once. */
export class RanCommands {
  /** The last one last. */
  readonly #commands = new Map<string, RanCommand>();

  add({ node, argv, netns }: RanCommand): void {
    const key = JSON.stringify([node, netns, argv]);
    this.#commands.delete(key);
    this.#commands.set(key, { node, argv, netns });
    if (this.#commands.size > MOST) {
      for (const oldest of [...this.#commands.keys()].slice(0, -MOST)) this.#commands.delete(oldest);
    }
  }

  /** Those of a node, or of all, the last first. */
  of(node?: string): RanCommand[] {
    return [...this.#commands.values()].filter((ran) => node === undefined || ran.node === node).reverse();
  }
}
