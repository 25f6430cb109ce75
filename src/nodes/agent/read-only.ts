import { NodeError } from '../errors';
import type { Agent, Unsubscribe } from './agent';
import type { Notification, Params, Result, Told, Verb } from './protocol';

/**
 * The verbs that change nothing on a node. A verb that is new is none of them until it is written down here.
 * `connections/probe` is not: its connections reach people's programs; nor is `trace/start`, which adds a rule.
 */
const READING: ReadonlySet<Verb> = new Set<Verb>([
  'initialize',
  'workloads/list',
  'snapshot',
  'connections/list',
  'workload/verify',
  'switch/list',
  'residue/list',
  'maps/dump',
  'maps/named',
  'programs/source',
  'watch/start',
  'watch/visible',
  'watch/stop',
  'trace/stop',
]);

/** Whether a request changes nothing. To have programs measured costs every program of the node something. */
export function reads<V extends Verb>(verb: V, params: Params<V>): boolean {
  if (verb === 'programs/measure') return !(params as Params<'programs/measure'>).measure;
  return READING.has(verb);
}

/** Something was to be changed where nothing may be. @param node as a person knows it */
export function readOnlyError(node: string, verb?: Verb): NodeError {
  return new NodeError(
    'read-only',
    `${node} is set to read-only: nothing is changed there${verb === undefined ? '' : ` ("${verb}" was not asked for)`}.`,
    'To change something, take "readOnly" out of the node’s entry in meshRedirect.nodes.',
  );
}

/** An agent that is never asked to change anything: such requests are refused here, and reach no node. */
export class ReadOnlyAgent implements Agent {
  readonly closed: Promise<string>;
  readonly #agent: Agent;
  readonly #node: string;

  /** @param node as a person knows it */
  constructor(agent: Agent, node: string) {
    this.#agent = agent;
    this.#node = node;
    this.closed = agent.closed;
  }

  get lost(): boolean {
    return this.#agent.lost;
  }

  async request<V extends Verb>(verb: V, params: Params<V>, signal?: AbortSignal): Promise<Result<V>> {
    if (reads(verb, params)) return await this.#agent.request(verb, params, signal);
    throw readOnlyError(this.#node, verb);
  }

  on<N extends Notification>(name: N, listener: (told: Told<N>) => void): Unsubscribe {
    return this.#agent.on(name, listener);
  }

  dispose(): void {
    this.#agent.dispose();
  }
}
