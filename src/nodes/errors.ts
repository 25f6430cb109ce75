import type { AgentErrorData } from './agent/protocol';

/** Why a node cannot be used. The ui decides by kind. */
export type NodeErrorKind =
  | 'unreachable'
  | 'port-closed'
  | 'authentication-refused'
  | 'host-key-changed'
  | 'host-key-rejected'
  | 'no-shell'
  | 'no-root'
  | 'missing-tool'
  | 'unsupported-architecture'
  | 'no-agent-directory'
  | 'agent-corrupt'
  | 'agent-protocol'
  | 'agent-ended'
  | 'bad-settings'
  | 'read-only'
  | 'time-out'
  | 'cancelled';

/** A node cannot be reached or used. `message` says what is wrong, `remedy` what to do about it. */
export class NodeError extends Error {
  override readonly name = 'NodeError';
  readonly kind: NodeErrorKind;
  readonly remedy: string;

  constructor(kind: NodeErrorKind, message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
    this.remedy = remedy;
  }
}

/** The agent refused a request. `data.kind` as listed in docs/agent-protocol.md. */
export class AgentError extends Error {
  override readonly name = 'AgentError';
  readonly verb: string;
  readonly data: AgentErrorData;

  constructor(verb: string, message: string, data: AgentErrorData) {
    super(message);
    this.verb = verb;
    this.data = data;
  }
}
