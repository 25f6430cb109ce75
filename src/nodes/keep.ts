/** Keeps a connection to a node: where the way to it is lost, it is made again, and what was watched is watched again. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeInfo } from '../core/model';
import type { Sandbox } from '../core/pods';
import type { Agent, Unsubscribe } from './agent/agent';
import { Listeners } from './agent/listeners';
import { interrupted, KeptAgent } from './agent/kept';
import { NodeError, type NodeErrorKind } from './errors';
import type { Connection, ConnectOptions, Node, Prompts } from './node';
import type { Command } from './runner';
import { Turns, type Turn } from './turns';

/** How long to wait between two attempts: twice as long each time. Milliseconds. */
export interface BackOff {
  readonly first: number;
  readonly most: number;
  readonly attempts: number;
}

/** An hour, most of it a minute apart: a node that reboots is back long before, and one that is gone is given up. */
const BACK_OFF: BackOff = { first: 1000, most: 60_000, attempts: 64 };
/** Many nodes behind one link are lost at once, and should not all come back at once. */
const JITTER = 0.3;

/** How a connection is made again. */
export interface KeepTerms {
  readonly backOff?: BackOff;
  /** Whose turn it is, where many nodes are lost at once. */
  readonly turns?: Turns;
}

/** What may be better the next time. Anything else needs a person. */
const PASSING: ReadonlySet<NodeErrorKind> = new Set<NodeErrorKind>([
  'unreachable',
  'port-closed',
  'time-out',
  'agent-ended',
]);

/** A connection that outlives the way to the node. */
export interface KeptConnection extends Connection {
  /** Why it is interrupted just now; null while it is not. */
  readonly interruption: string | null;
  onInterruption(listener: (interruption: string | null) => void): Unsubscribe;
  /**
   * What it is just now, for what must not go on over another one, such as a switch: ends where its way is lost.
   * @throws NodeError `unreachable` while it is interrupted
   */
  readonly current: Connection;
  /** Does not wait for the next attempt. */
  retry(): void;
}

/** For who may not be asked. */
const NOBODY: Prompts = {
  confirmHostKey: () => Promise.resolve(false),
  askSecret: () => Promise.resolve(undefined),
};

class Keeper implements KeptConnection {
  readonly agent: Agent;
  readonly #node: Node;
  readonly #options: ConnectOptions;
  readonly #backOff: BackOff;
  readonly #turns: Turns;
  readonly #kept: KeptAgent;
  readonly #interrupted = new Listeners<string | null>();
  readonly #disposed = new AbortController();
  #retry = new AbortController();
  #current: Connection;
  #interruption: string | null = null;
  #over = false;

  constructor(node: Node, options: ConnectOptions, terms: KeepTerms, first: Connection) {
    this.#node = node;
    this.#options = options;
    this.#backOff = terms.backOff ?? BACK_OFF;
    this.#turns = terms.turns ?? new Turns(Infinity);
    this.#current = first;
    this.#kept = new KeptAgent(node.label);
    this.agent = this.#kept;
    this.#hold(first);
  }

  get info(): NodeInfo {
    return this.#current.info;
  }

  get readOnly(): boolean {
    return this.#current.readOnly;
  }

  byHand(command: Command | null): Command {
    return this.#current.byHand(command);
  }

  get interruption(): string | null {
    return this.#interruption;
  }

  onInterruption(listener: (interruption: string | null) => void): Unsubscribe {
    return this.#interrupted.add(listener);
  }

  get current(): Connection {
    if (this.#interruption !== null) throw interrupted(this.#node.label);
    return this.#current;
  }

  async pods(signal: AbortSignal): Promise<readonly Sandbox[] | null> {
    return await this.current.pods(signal);
  }

  retry(): void {
    this.#retry.abort();
  }

  dispose(): void {
    this.#disposed.abort();
    this.#current.dispose();
    // Where it is interrupted there is no agent whose end would tell.
    if (this.#interruption !== null) this.#end('the connection was closed', false);
  }

  #hold(connection: Connection): void {
    this.#current = connection;
    this.#kept.follow(connection.agent);
    void connection.agent.closed.then((reason) => {
      const { lost } = connection.agent;
      if (!lost || this.#disposed.signal.aborted) this.#end(reason, lost);
      // Lost again before it was all taken up again: who does that tries on.
      else if (this.#interruption === null) void this.#again(reason);
    });
  }

  /** Never rejects: how it ends, the agent's end tells. */
  async #again(reason: string): Promise<void> {
    this.#interrupt(reason);
    let last = reason;
    for (let attempt = 0; attempt < this.#backOff.attempts; attempt++) {
      await this.#wait(attempt);
      if (this.#over) return;
      try {
        const connection = await this.#turns.run('by-the-way', this.#disposed.signal, (turn) =>
          this.#connect(turn),
        );
        if (this.#disposed.signal.aborted) {
          connection.dispose();
          return;
        }
        const boot = this.#current.info.bootId;
        this.#hold(connection);
        await this.#kept.resume(connection.info.bootId === boot);
        this.#interrupt(null);
        return;
      } catch (error) {
        last = (error as Error).message;
        if (!(error instanceof NodeError) || !PASSING.has(error.kind)) break;
        this.#message('debug', `Connecting again failed: ${last}`);
      }
    }
    this.#end(`${reason}; connecting again failed: ${last}`, true);
  }

  #end(reason: string, lost: boolean): void {
    if (this.#over) return;
    this.#over = true;
    this.#kept.end(reason, lost);
  }

  #connect(turn: Turn): Promise<Connection> {
    const { log, prompts } = this.#options;
    const { signal } = this.#disposed;
    return this.#node.connect({ log, prompts: prompts.silent ?? NOBODY, signal, turn });
  }

  async #wait(attempt: number): Promise<void> {
    const { first, most } = this.#backOff;
    const pause = Math.min(most, first * 2 ** attempt) * (1 + JITTER * (Math.random() - 0.5));
    const signal = AbortSignal.any([this.#disposed.signal, this.#retry.signal]);
    // Rejects when it is to be cut short, which is no failure.
    await sleep(pause, undefined, { signal }).catch(() => undefined);
    this.#retry = new AbortController();
  }

  #interrupt(interruption: string | null): void {
    this.#interruption = interruption;
    this.#message(
      interruption === null ? 'info' : 'warn',
      interruption === null ? 'Connected again.' : `Connecting again: ${interruption}.`,
    );
    this.#interrupted.emit(interruption);
  }

  #message(level: 'debug' | 'info' | 'warn', text: string): void {
    this.#options.log.message({ node: this.#node.id, level, text });
  }
}

/**
 * Connects to a node, and again each time that the way to it is lost, until it is disposed. Asks a person only the first time:
 * after that, what would need one ends it.
 * @throws NodeError as the node's own `connect`, the first time
 */
export async function keepConnected(
  node: Node,
  options: ConnectOptions,
  terms: KeepTerms = {},
): Promise<KeptConnection> {
  return new Keeper(node, options, terms, await node.connect(options));
}
