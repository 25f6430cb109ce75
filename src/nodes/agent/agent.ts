import type { Notification, Params, Result, Told, Verb } from './protocol';

/** Stop listening. */
export type Unsubscribe = () => void;

/** A running agent on a node: one process, one connection. Rejects with `AgentError` (errors.ts). */
export interface Agent {
  /** One verb, one round trip. Aborting the signal rejects; the agent still finishes what it began. */
  request<V extends Verb>(verb: V, params: Params<V>, signal?: AbortSignal): Promise<Result<V>>;
  /** Hears what it tells by itself. */
  on<N extends Notification>(name: N, listener: (told: Told<N>) => void): Unsubscribe;
  /** Resolves once, when the agent has ended for whatever reason, with words for a person. */
  readonly closed: Promise<string>;
  /** After `closed`: whether the way to it was lost, rather than that it ended. */
  readonly lost: boolean;
  /** Ends the agent by closing its stdin. */
  dispose(): void;
}
