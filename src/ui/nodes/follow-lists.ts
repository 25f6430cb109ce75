import { explain } from '../errors';
import { Disposable } from '../dispose';
import type { CommandLog } from '../../nodes/node';
import type { Turns } from '../../nodes/turns';
import type { KindNodes } from './kind-nodes';
import type { NodeEntry } from './node-entry';
import type { NodeRegistry } from './node-registry';

/** Milliseconds between two rounds, at least. */
const PAUSE = 3000;
/** And so many times what the last round took: a round of hundreds of nodes is work, and is not to be most of it. */
const REST = 9;
/** But no longer: one node that does not answer makes a round long, and must not keep the others from being looked at. */
const LONGEST = 15_000;

/** While somebody looks, what comes and goes appears and disappears by itself: clusters, their nodes, workloads. */
export class ListFollower extends Disposable {
  readonly #registry: NodeRegistry;
  readonly #kind: KindNodes;
  readonly #log: CommandLog;
  readonly #turns: Turns;
  readonly #ended = new AbortController();
  readonly #failing = new WeakMap<NodeEntry, string>();
  #active = false;
  #round: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(registry: NodeRegistry, kind: KindNodes, log: CommandLog, turns: Turns) {
    super();
    this.#registry = registry;
    this.#kind = kind;
    this.#log = log;
    this.#turns = turns;
  }

  /** Says whether somebody looks. */
  setActive(active: boolean): void {
    this.#active = active;
    clearTimeout(this.#timer);
    if (active) void this.#follow();
  }

  override dispose(): void {
    this.setActive(false);
    this.#ended.abort();
    super.dispose();
  }

  async #follow(): Promise<void> {
    const began = performance.now();
    this.#round ??= this.#look().finally(() => {
      this.#round = null;
    });
    await this.#round;
    clearTimeout(this.#timer);
    if (!this.#active || this.isDisposed) return;
    const took = performance.now() - began;
    const pause = Math.min(Math.max(PAUSE, REST * took), LONGEST);
    this.#timer = setTimeout(() => void this.#follow(), pause);
  }

  async #look(): Promise<void> {
    const nodes = [...this.#registry.connected].map((node) => this.#relist(node));
    await Promise.all([this.#kind.look(), ...nodes]);
  }

  /** A node that does not answer says so by its connection; in the log it is told of once. */
  async #relist(node: NodeEntry): Promise<void> {
    try {
      await this.#turns.run('by-the-way', this.#ended.signal, async () => {
        if (node.state.kind === 'connected') await node.relist();
      });
      this.#failing.delete(node);
    } catch (error) {
      if (this.isDisposed) return;
      const { message } = explain(error);
      if (this.#failing.get(node) === message) return;
      this.#failing.set(node, message);
      this.#log.message({ node: node.id, level: 'warn', text: `The workloads are not known: ${message}` });
    }
  }
}
