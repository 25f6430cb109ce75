import type { Readable, Writable } from 'node:stream';

/** A command to run on a node: data, so that any runner can execute it. Arguments are never joined here. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

/** How a process ended. Both are null when that is not known: the way to the node was lost first. */
export interface Exit {
  readonly exitCode: number | null;
  /** With its prefix: `SIGKILL`. */
  readonly signal: string | null;
  /** Why its end is not known: the way to the node was lost. */
  readonly lost?: string;
  /** Why it could not even be started. */
  readonly failed?: string;
}

/** A running process with its streams. */
export interface Channel {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Never rejects. Resolves once all output has been read. */
  readonly exited: Promise<Exit>;
  /** Gives the process up: closes its streams and, where the transport can, ends it. */
  abandon(): void;
}

/** Turns commands into processes on one node. What `ssh`, `local` and others differ in. */
export interface Runner {
  /** Rejects with `NodeError` if the node cannot be asked any more. */
  start(command: Command): Promise<Channel>;
  /** What a person starts on this machine's terminal to run a command there, on a terminal of its own. Null: a shell. */
  byHand(command: Command | null): Command;
}

/** Words for a person: how a process ended. */
export function exitText(exit: Exit): string {
  const why = exit.lost ?? exit.failed;
  if (why !== undefined) return why;
  if (exit.signal !== null) return `killed by ${exit.signal}`;
  return exit.exitCode === null ? 'ended in an unknown way' : `exit code ${exit.exitCode}`;
}
