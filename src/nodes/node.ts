import type { NodeInfo } from '../core/model';
import type { Sandbox } from '../core/pods';
import type { Agent } from './agent/agent';
import type { Command } from './runner';
import type { Turn } from './turns';

export type NodeKind = 'ssh' | 'kind' | 'local';

/** A host key that no known_hosts file has. */
export interface HostKeyQuestion {
  readonly host: string;
  readonly keyType: string;
  /** As `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
  /** What else a person should know before they answer. */
  readonly notice?: string;
}

export type SecretKind = 'passphrase' | 'password' | 'sudo' | 'answer';

/** Something secret that only a person knows. */
export interface SecretQuestion {
  readonly kind: SecretKind;
  /** The same id, the same secret: `password:root@10.0.0.1`. Null for what is good for once, such as a code. */
  readonly id: string | null;
  /** What is asked for: `Password of root@10.0.0.1`. */
  readonly title: string;
  /** What the other side says with it, in its own words. */
  readonly detail?: string;
  /** Whether what is typed may be seen. */
  readonly visible?: boolean;
  /** Whether the last answer to this was wrong. */
  readonly again: boolean;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** An answer. Who asked says what came of it: what was right may be kept, what was wrong is not to be given again. */
export interface Secret {
  readonly text: string;
  accepted(): void;
  refused(): void;
}

/** What a connection may have to ask a person. A transport never asks by itself. */
export interface Prompts {
  /** True: trust it, and remember it in known_hosts. */
  confirmHostKey(question: HostKeyQuestion): Promise<boolean>;
  /** Undefined: the person gave up. */
  askSecret(question: SecretQuestion): Promise<Secret | undefined>;
  /** Answers what is known already, and asks nobody: for what happens by itself. Without it, nothing is known. */
  readonly silent?: Prompts;
}

/** Where every command that is run on a node is told of; the ui writes it to the output channel. */
export interface CommandLog {
  /** One command that was run on the node. Never contains a secret. `exitCode` is null while unknown or on a signal. */
  command(entry: {
    node: string;
    argv: readonly string[];
    exitCode: number | null;
    milliseconds: number;
    /** The inode of the network namespace that it ran in, where that is one of a workload. */
    netns?: number | null;
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
  /** Given back while the node does not answer, so that others are not kept from being connected to. */
  readonly turn?: Turn;
}

/** What a person wants of a node, however it is reached. */
export interface NodeTerms {
  /** Nothing is ever changed there: the agent is not asked to. */
  readonly readOnly?: boolean;
  /** The agent's file goes when the connection does. */
  readonly removeAgent?: boolean;
}

/** A connected node. */
export interface Connection {
  readonly info: NodeInfo;
  readonly agent: Agent;
  /** Whether requests that change something are refused. */
  readonly readOnly: boolean;
  /** The pods that the node's container runtime knows; null where it has none. Rejects with `NodeError`. */
  pods(signal: AbortSignal): Promise<readonly Sandbox[] | null>;
  /**
   * What a person starts on this machine's terminal to run a command on the node as root, on a terminal of its own. Null: a shell.
   * Whatever it takes to sign in, the person is asked for there.
   */
  byHand(command: Command | null): Command;
  dispose(): void;
}

/** A Linux machine that we can run commands on. Describing one costs nothing; connecting does the work. */
export interface Node {
  /** Stable: `ssh:root@10.0.0.1:22`, `local`, `kind:mesh/mesh-worker`. */
  readonly id: string;
  readonly kind: NodeKind;
  readonly label: string;
  /** The cluster that it is known to be part of. */
  readonly cluster?: string;
  /** Reaches the node, puts the agent there, starts it. Rejects with `NodeError` (errors.ts). */
  connect(options: ConnectOptions): Promise<Connection>;
}
