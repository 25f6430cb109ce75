import { AgentError, NodeError } from '../errors';
import type { Agent, Unsubscribe } from './agent';
import { Listeners } from './listeners';
import type {
  AgentLog,
  Params,
  Result,
  SwitchChanged,
  TraceEnded,
  TraceHop,
  Verb,
  WatchChanged,
} from './protocol';

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
  readonly #traces = new Map<string, Params<'trace/start'>>();
  readonly #watchChanges = new Listeners<WatchChanged>();
  readonly #switchChanges = new Listeners<SwitchChanged>();
  readonly #traceHops = new Listeners<TraceHop>();
  readonly #traceEnds = new Listeners<TraceEnded>();
  readonly #logs = new Listeners<AgentLog>();
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
  }

  get lost(): boolean {
    return this.#lost;
  }

  async request<V extends Verb>(verb: V, params: Params<V>, signal?: AbortSignal): Promise<Result<V>> {
    if (verb === 'watch/stop') this.#watches.delete((params as Params<'watch/stop'>).watch);
    if (verb === 'trace/stop') this.#traces.delete((params as Params<'trace/stop'>).trace);
    const result = await this.#present(verb).request(verb, params, signal);
    if (verb === 'watch/start') {
      const watch = params as Params<'watch/start'>;
      this.#watches.set(watch.watch, watch);
    } else if (verb === 'trace/start') {
      const trace = params as Params<'trace/start'>;
      this.#traces.set(trace.trace, trace);
    }
    return result;
  }

  onWatchChanged(listener: (change: WatchChanged) => void): Unsubscribe {
    return this.#watchChanges.add(listener);
  }

  onSwitchChanged(listener: (change: SwitchChanged) => void): Unsubscribe {
    return this.#switchChanges.add(listener);
  }

  onTraceHop(listener: (hop: TraceHop) => void): Unsubscribe {
    return this.#traceHops.add(listener);
  }

  onTraceEnded(listener: (ended: TraceEnded) => void): Unsubscribe {
    return this.#traceEnds.add(listener);
  }

  onLog(listener: (log: AgentLog) => void): Unsubscribe {
    return this.#logs.add(listener);
  }

  dispose(): void {
    this.#agent?.dispose();
  }

  /** Is this agent from now on. */
  follow(agent: Agent): void {
    this.#agent = agent;
    agent.onWatchChanged((change) => {
      if (change.gone) this.#watches.delete(change.watch);
      this.#watchChanges.emit(change);
    });
    agent.onSwitchChanged((change) => {
      this.#switchChanges.emit(change);
    });
    agent.onTraceHop((hop) => {
      this.#traceHops.emit(hop);
    });
    agent.onTraceEnded((ended) => {
      this.#traces.delete(ended.trace);
      this.#traceEnds.emit(ended);
    });
    agent.onLog((log) => {
      this.#logs.emit(log);
    });
    void agent.closed.then(() => {
      if (this.#agent === agent) this.#agent = null;
    });
  }

  /**
   * Has the new agent watch and trace what the old one did. A workload that is gone is told as its own watch would.
   * @param sameBoot whether the node has not been started anew: after that, ids are those of other workloads
   */
  async resume(sameBoot: boolean): Promise<void> {
    for (const params of [...this.#watches.values()]) {
      if (!sameBoot || !(await this.#begins('watch/start', params))) this.#gone(params.watch);
    }
    for (const params of [...this.#traces.values()]) {
      if (sameBoot && (await this.#begins('trace/start', params))) continue;
      this.#traces.delete(params.trace);
      this.#traceEnds.emit({ trace: params.trace, reason: 'time' });
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

  #gone(watch: string): void {
    this.#watches.delete(watch);
    this.#watchChanges.emit({ watch, gone: true });
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
