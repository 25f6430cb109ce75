import { randomBytes } from 'node:crypto';
import type { Plan } from '../core/redirect';
import type { Agent } from '../nodes/agent/agent';
import type { SwitchChanged } from '../nodes/agent/protocol';
import { AgentError } from '../nodes/errors';
import { SwitchError, type Undone } from './errors';

/** Told before each step: its title, and which of how many it is (from 1). */
export type OnStep = (title: string, number: number, count: number) => void;

export interface ApplyOptions {
  workload: string;
  /** For people, also for others who find the workload held: `Switch to eBPF`. */
  title: string;
  /** Who does it: `alice@laptop`. */
  holder: string;
  /** Seconds in which the switch has to be confirmed once all steps are done; 0: needs no confirmation. */
  deadline: number;
  /** Seconds for which the node waits for older connections to end. */
  drain: number;
  signal?: AbortSignal | undefined;
  onStep?: OnStep | undefined;
}

type State = SwitchChanged['state'];

/** Where nothing more comes of its own accord: it is in place, over, or taken back. */
const RESTS: readonly State[] = ['armed', 'closing', 'closed', 'reverted', 'undo-failed', 'lost'];

/** What it means for a switch that was not to go on. */
const UNDONE: Partial<Record<State, Undone>> = {
  reverted: 'undone',
  'undo-failed': 'undo-failed',
  lost: 'by-itself',
  closing: 'confirmed',
  closed: 'confirmed',
};

/** A switch that a keeper on the node carries out, as this side follows it. */
export class AppliedSwitch {
  readonly id = randomBytes(16).toString('hex');
  readonly #agent: Agent;
  readonly #options: ApplyOptions;
  readonly #unsubscribe: () => void;
  readonly #waiting = new Set<() => void>();
  #change: SwitchChanged | null = null;
  #step = '';
  /** What failed first of that which this side does at the same time. */
  #failedAt: string | null = null;
  #count = 0;
  #reason: SwitchChanged['reason'];
  #failure: SwitchChanged['failure'];
  #ending: string | null = null;

  constructor(agent: Agent, options: ApplyOptions) {
    this.#agent = agent;
    this.#options = options;
    this.#unsubscribe = agent.on('switch/changed', (change) => {
      if (change.switch === this.id) this.#changed(change);
    });
    void agent.closed.then((ending) => {
      this.#ending = ending;
      this.#wake();
    });
  }

  /** The title of the step that began last. */
  get step(): string {
    return this.#step;
  }

  /**
   * Hands the plan to the node. Resolves when all its steps are done and hold: armed, or with a deadline of 0 confirmed.
   * Aborting the signal takes everything back. Rejects with AgentError where nothing was begun, with SwitchError after
   * everything was taken back or could not be.
   */
  async begin(plan: Pick<Plan, 'steps' | 'closing' | 'undoClosing'>): Promise<void> {
    const { workload, title, holder, deadline, drain, signal } = this.#options;
    signal?.throwIfAborted();
    const { steps, closing, undoClosing } = plan;
    await this.#agent.request('switch/apply', {
      ...{ workload, switch: this.id, title, holder, deadline, drain },
      ...{ steps, closing, undoClosing },
    });
    const cancel = (): void => {
      // What becomes of it is told as any end of the switch is.
      this.cancel().catch(() => undefined);
    };
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted === true) cancel();
    try {
      await this.#until(({ state }) => RESTS.includes(state));
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
    if (signal?.aborted === true) throw await this.failed(signal.reason);
    const undone = this.#undone();
    if (undone !== null && undone !== 'confirmed') throw this.#error(undone);
  }

  /** How many older connections the node waits for, after the switch was confirmed. */
  async remaining(): Promise<number> {
    await this.#until(
      ({ state, remaining }) => state === 'closed' || (state === 'closing' && remaining !== undefined),
    );
    return this.#change?.remaining ?? 0;
  }

  /** Resolves when the node waits no longer for older connections; gives how many are still open. */
  async closed(): Promise<number> {
    await this.#until(({ state }) => state === 'closed');
    return this.#change?.remaining ?? 0;
  }

  /** Does something about it on this side, after its steps, and says what. */
  async during<T>(title: string, work: () => Promise<T>): Promise<T> {
    this.#step = title;
    this.#options.onStep?.(title, this.#count, this.#count);
    try {
      return await work();
    } catch (error) {
      this.#failedAt ??= title;
      throw error;
    }
  }

  /** Asks the node to take it back, over this connection or another one to the same node. */
  async cancel(agent: Agent = this.#agent): Promise<void> {
    await agent.request('switch/cancel', { workload: this.#options.workload, switch: this.id });
  }

  /**
   * Takes back what was begun, because of `cause`, and gives the error that tells of both. Where the node cannot be asked
   * any more it takes it back by itself, at the deadline.
   */
  async failed(cause: unknown, agent: Agent = this.#agent): Promise<SwitchError> {
    if (cause instanceof SwitchError) return cause;
    try {
      await this.cancel(agent).catch((error: unknown) => {
        // It is over already, or being taken back: how it ends is told all the same.
        if (!(error instanceof AgentError)) throw error;
      });
      await this.#until(({ state }) => UNDONE[state] !== undefined);
    } catch {
      return this.#error('by-itself', cause);
    }
    return this.#error(this.#undone() ?? 'by-itself', cause);
  }

  dispose(): void {
    this.#unsubscribe();
  }

  #changed(change: SwitchChanged): void {
    const { state, step, steps, title, reason, failure } = change;
    this.#change = change;
    this.#reason = reason ?? this.#reason;
    this.#failure = failure ?? this.#failure;
    if (state === 'applying' && step !== undefined && steps !== undefined) {
      this.#step = title ?? '';
      this.#count = steps;
      this.#options.onStep?.(this.#step, step, steps);
    }
    this.#wake();
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** Resolves when such a change has come; rejects where the connection ended first. */
  #until(reached: (change: SwitchChanged) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const done = this.#change !== null && reached(this.#change);
        if (!done && this.#ending === null) return;
        this.#waiting.delete(look);
        if (done) resolve();
        else reject(this.#error('by-itself'));
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** How far it was taken back; null while it may be confirmed. */
  #undone(): Undone | null {
    const state = this.#change?.state;
    return state === undefined ? null : (UNDONE[state] ?? null);
  }

  #error(undone: Undone, cause: unknown = this.#cause()): SwitchError {
    const aborted = this.#options.signal?.aborted === true && this.#reason !== 'failed';
    return new SwitchError(aborted ? 'aborted' : 'failed', this.#failedAt ?? this.#step, undone, cause);
  }

  #cause(): Error {
    if (this.#failure) {
      const { verb, message, data } = this.#failure;
      return new AgentError(verb, message, data);
    }
    if (this.#reason === 'deadline') return new Error('It was not confirmed in time.');
    if (this.#reason === 'cancelled') return new Error('It was cancelled.');
    if (this.#change?.state === 'lost') return new Error('What carried it out on the node has ended.');
    return new Error(`The connection to the node was lost: ${this.#ending ?? 'it was closed'}.`);
  }
}
