import { AgentError, NodeError } from '../errors';
import type { Agent, Unsubscribe } from './agent';
import { AgentListeners, NOTIFICATION_NAMES } from './agent-listeners';
import type { Notification, Params, Result, Told, Verb } from './protocol';

/** What is asked for cannot be done just now. @param node as a person knows it */
export function interrupted(node: string, verb?: Verb): NodeError {
  return new NodeError(
    'unreachable',
    `The connection to ${node} is interrupted${verb === undefined ? '' : ` ("${verb}" was not asked for)`}.`,
    'It is made again by itself: try again then.',
  );
}

/** One agent for whoever uses it, which is in turn each of those that connections bring. Knows what is watched and traced. */
export class KeptAgent implements Agent {
  readonly closed: Promise<string>;
  readonly #node: string;
  readonly #watches = new Map<string, Params<'watch/start'>>();
  /** What is seen of what is watched. */
  readonly #visible = new Map<string, Params<'watch/visible'>>();
  readonly #traces = new Map<string, Params<'trace/start'>>();
  readonly #listeners = new AgentListeners();
  #agent: Agent | null = null;
  #lost = false;
  #close: (reason: string) => void = () => undefined;
  #ended: string | null = null;

  /** @param node as a person knows it */
  constructor(node: string) {
    this.#node = node;
    this.closed = new Promise((resolve) => {
      this.#close = resolve;
    });
    // The first to hear: what has ended is not begun again.
    this.on('watch/changed', ({ watch, gone }) => {
      if (gone) this.#forget(watch);
    });
    this.on('trace/ended', ({ trace }) => {
      this.#traces.delete(trace);
    });
  }

  get lost(): boolean {
    return this.#lost;
  }

  async request<V extends Verb>(verb: V, params: Params<V>, signal?: AbortSignal): Promise<Result<V>> {
    if (verb === 'watch/stop') this.#forget((params as Params<'watch/stop'>).watch);
    if (verb === 'trace/stop') this.#traces.delete((params as Params<'trace/stop'>).trace);
    const result = await this.#present(verb).request(verb, params, signal);
    if (verb === 'watch/start') {
      const watch = params as Params<'watch/start'>;
      this.#forget(watch.watch);
      this.#watches.set(watch.watch, watch);
    } else if (verb === 'watch/visible') {
      const visible = params as Params<'watch/visible'>;
      if (this.#watches.has(visible.watch)) this.#visible.set(visible.watch, visible);
    } else if (verb === 'trace/start') {
      const trace = params as Params<'trace/start'>;
      this.#traces.set(trace.trace, trace);
    }
    return result;
  }

  on<N extends Notification>(name: N, listener: (told: Told<N>) => void): Unsubscribe {
    return this.#listeners.on(name, listener);
  }

  dispose(): void {
    this.#agent?.dispose();
  }

  /** Is this agent from now on. */
  follow(agent: Agent): void {
    this.#agent = agent;
    for (const name of NOTIFICATION_NAMES) {
      agent.on(name, (told) => {
        this.#listeners.emit(name, told);
      });
    }
    void agent.closed.then(() => {
      if (this.#agent === agent) this.#agent = null;
    });
  }

  /**
   * Has the new agent watch and trace what the old one did, from a whole text on: what was known at its beginning may have
   * changed twice. A workload that is gone is told as its own watch would.
   * @param sameBoot whether the node has not been started anew: after that, ids are those of other workloads
   */
  async resume(sameBoot: boolean): Promise<void> {
    for (const params of [...this.#watches.values()]) {
      const visible = this.#visible.get(params.watch);
      if (!sameBoot || !(await this.#begins('watch/start', { ...params, known: [] })))
        this.#listeners.emit('watch/changed', { watch: params.watch, gone: true });
      else if (visible) await this.#begins('watch/visible', visible);
    }
    for (const params of [...this.#traces.values()]) {
      if (sameBoot && (await this.#begins('trace/start', params))) continue;
      this.#listeners.emit('trace/ended', { trace: params.trace, reason: 'time' });
    }
  }

  /** Whether the agent does it; it does not where the workload is gone. */
  async #begins<V extends Verb>(verb: V, params: Params<V>): Promise<boolean> {
    try {
      await this.#present(verb).request(verb, params);
      return true;
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      return false;
    }
  }

  #forget(watch: string): void {
    this.#watches.delete(watch);
    this.#visible.delete(watch);
  }

  /** There will be no other. @param lost whether the way to the last one was lost */
  end(reason: string, lost: boolean): void {
    this.#agent = null;
    this.#lost = lost;
    this.#ended = reason;
    this.#close(reason);
  }

  #present(verb: Verb): Agent {
    if (this.#agent) return this.#agent;
    if (this.#ended !== null) {
      throw new NodeError('agent-ended', `The agent has ended: ${this.#ended}.`, 'Connect the node again.');
    }
    throw interrupted(this.#node, verb);
  }
}
