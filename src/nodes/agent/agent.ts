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

/** Stop listening. */
export type Unsubscribe = () => void;

/** A running agent on a node: one process, one connection. Rejects with `AgentError` (errors.ts). */
export interface Agent {
  /** One verb, one round trip. Aborting the signal rejects; the agent still finishes what it began. */
  request<V extends Verb>(verb: V, params: Params<V>, signal?: AbortSignal): Promise<Result<V>>;
  onWatchChanged(listener: (change: WatchChanged) => void): Unsubscribe;
  onSwitchChanged(listener: (change: SwitchChanged) => void): Unsubscribe;
  onTraceHop(listener: (hop: TraceHop) => void): Unsubscribe;
  onTraceEnded(listener: (ended: TraceEnded) => void): Unsubscribe;
  onLog(listener: (log: AgentLog) => void): Unsubscribe;
  /** Resolves once, when the agent has ended for whatever reason, with words for a person. */
  readonly closed: Promise<string>;
  /** After `closed`: whether the way to it was lost, rather than that it ended. */
  readonly lost: boolean;
  /** Ends the agent by closing its stdin. */
  dispose(): void;
}
