import type { NodeInfo } from '../core/model';
import type { Agent } from './agent/agent';

export type NodeKind = 'ssh' | 'kind' | 'local';

/** What a connection may have to ask a person. A transport never asks by itself. */
export interface Prompts {
  /** An unknown host key. True: trust it, and remember it in known_hosts. */
  confirmHostKey(question: { host: string; keyType: string; fingerprint: string }): Promise<boolean>;
}

/** Where every command that is run on a node is told of; the ui writes it to the output channel. */
export interface CommandLog {
  /** One command that was run on the node. Never contains a secret. `exitCode` is null while unknown or on a signal. */
  command(entry: {
    node: string;
    argv: readonly string[];
    exitCode: number | null;
    milliseconds: number;
    /** `debug` for what only reads; without it, `info`. */
    level?: 'debug' | 'info' | 'warn' | 'error';
  }): void;
  message(entry: { node: string; level: 'debug' | 'info' | 'warn' | 'error'; text: string }): void;
}

/** What connecting needs from its caller. */
export interface ConnectOptions {
  readonly prompts: Prompts;
  readonly log: CommandLog;
  readonly signal: AbortSignal;
}

/** A connected node. */
export interface Connection {
  readonly info: NodeInfo;
  readonly agent: Agent;
  dispose(): void;
}

/** A Linux machine that we can run commands on. Describing one costs nothing; connecting does the work. */
export interface Node {
  /** Stable: `ssh:root@10.0.0.1:22`, `local`, `kind:mesh/mesh-worker`. */
  readonly id: string;
  readonly kind: NodeKind;
  readonly label: string;
  /** Reaches the node, puts the agent there, starts it. Rejects with `NodeError` (errors.ts). */
  connect(options: ConnectOptions): Promise<Connection>;
}
