import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import type * as z from 'zod';
import { abortError } from '../abort';
import { NodeError } from '../errors';
import type { Channel } from '../runner';
import type { Agent, Unsubscribe } from './agent';
import { endedError, garbledError, isReply, isStreamError, replyError, shapeError } from './failure';
import { endReason, StderrTail } from './ending';
import { AgentListeners, NOTIFICATION_NAMES } from './agent-listeners';
import {
  NOTIFICATIONS,
  VERBS,
  type Notification,
  type Params,
  type Result,
  type Told,
  type Verb,
} from './protocol';

/** How long a verb may take, in milliseconds. */
export type VerbTimeout = (verb: Verb, params: unknown) => number;

/** How long the client waits. */
export interface Patience {
  readonly verb: VerbTimeout;
  /** For an agent to end after its stdin has, before it is given up. Milliseconds. */
  readonly end: number;
}

const DEFAULT_TIMEOUT = 30_000;

/** What the agent may wait for by itself, in milliseconds. */
const WAITS: { [V in Verb]?: (params: Params<V>) => number } = {
  'iptables/restore': ({ waitSeconds }) => waitSeconds * 1000,
  // For the keeper of the switch before to end what it is at.
  'switch/apply': () => 60_000,
  // Whatever was cut off on the node is taken back, step by step, and each may wait for the xtables lock.
  'switch/recover': () => 600_000,
};

/** 30 s for every verb, and on top what it may wait for by itself. */
export const verbTimeout: VerbTimeout = (verb, params) => {
  const wait = WAITS[verb] as ((params: unknown) => number) | undefined;
  return DEFAULT_TIMEOUT + (wait?.(params) ?? 0);
};

/** A request that is not answered yet. */
interface Pending {
  readonly fail: (error: NodeError) => void;
  /** The agent is at it: its time begins, once. */
  readonly begin: () => void;
}

const PATIENCE: Patience = { verb: verbTimeout, end: 5_000 };

/** Speaks docs/agent-protocol.md with an agent that already runs, over its streams. */
export class AgentClient implements Agent {
  readonly closed: Promise<string>;
  readonly #channel: Channel;
  readonly #connection: MessageConnection;
  readonly #patience: Patience;
  /** In the order in which the agent answers: one after the other. */
  readonly #pending = new Set<Pending>();
  readonly #listeners = new AgentListeners();
  #failure: NodeError | undefined;
  #closedByUs = false;
  #lost = false;

  constructor(channel: Channel, patience: Patience = PATIENCE) {
    this.#channel = channel;
    this.#patience = patience;
    const complain = (message: string): void => {
      this.#listeners.emit('log', { level: 'error', message });
    };
    const reader = new StreamMessageReader(channel.stdout);
    // Its timer for messages that come in part outlives what it reads from, and nobody asks for it.
    reader.partialMessageTimeout = 0;
    this.#connection = createMessageConnection(reader, new StreamMessageWriter(channel.stdin), {
      error: complain,
      warn: complain,
      info: () => undefined,
      log: () => undefined,
    });
    const stderr = new StderrTail(channel.stderr, (line) => {
      this.#listeners.emit('log', { level: 'warn', message: line });
    });
    // Where a stream broke, or a message could not be written, how the agent ended will say why.
    this.#connection.onError(([error, message]) => {
      if (message === undefined && !isStreamError(error)) this.#garbled(error);
    });
    for (const name of NOTIFICATION_NAMES) this.#hear(name);
    this.#connection.listen();
    this.closed = channel.exited.then((exit) => {
      this.#lost = exit.lost !== undefined && !this.#closedByUs;
      const reason = this.#closedByUs ? 'the connection was closed' : endReason(exit, stderr.text);
      this.#end(endedError(reason));
      this.#connection.dispose();
      return this.#failure?.kind === 'agent-protocol' ? this.#failure.message : reason;
    });
  }

  get lost(): boolean {
    return this.#lost;
  }

  async request<V extends Verb>(verb: V, params: Params<V>, signal?: AbortSignal): Promise<Result<V>> {
    if (this.#failure) throw this.#failure;
    if (signal?.aborted) throw abortError(signal, verb);
    const reply = await this.#roundTrip(verb, params, signal);
    const schema: z.ZodType = VERBS[verb].result;
    const parsed = schema.safeParse(reply);
    if (!parsed.success) throw shapeError(verb, parsed.error);
    return parsed.data as Result<V>;
  }

  on<N extends Notification>(name: N, listener: (told: Told<N>) => void): Unsubscribe {
    return this.#listeners.on(name, listener);
  }

  dispose(): void {
    if (this.#closedByUs) return;
    this.#closedByUs = true;
    this.#end(endedError('the connection was closed'));
    this.#channel.stdin.end();
    const stubborn = setTimeout(() => {
      this.#channel.abandon();
    }, this.#patience.end);
    void this.closed.then(() => {
      clearTimeout(stubborn);
    });
  }

  #roundTrip(verb: Verb, params: object, signal: AbortSignal | undefined): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const milliseconds = this.#patience.verb(verb, params);
      let timer: NodeJS.Timeout | undefined;
      const begin = (): void => {
        timer ??= setTimeout(() => {
          fail(
            new NodeError(
              'time-out',
              `The agent did not answer "${verb}" within ${milliseconds / 1000} s.`,
              'Check that the node is not overloaded, then connect again.',
            ),
          );
        }, milliseconds);
      };
      const onAbort = (): void => {
        if (signal) fail(abortError(signal, verb));
      };
      const settle = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        this.#pending.delete(pending);
        this.#beginNext();
      };
      const fail = (error: Error): void => {
        settle();
        reject(error);
      };
      const pending = { fail, begin };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#pending.add(pending);
      this.#beginNext();
      this.#connection.sendRequest<unknown>(verb, params).then(
        (reply) => {
          settle();
          resolve(reply);
        },
        (error: unknown) => {
          // Whatever is not a reply means that the agent is ending, and its end rejects what is pending.
          if (isReply(error)) fail(replyError(verb, error));
        },
      );
    });
  }

  #hear(name: Notification): void {
    this.#connection.onNotification(name, (params: unknown) => {
      const parsed = NOTIFICATIONS[name].safeParse(params);
      if (parsed.success) this.#listeners.emit(name, parsed.data);
      else this.#listeners.emit('log', { level: 'error', message: shapeError(name, parsed.error).message });
    });
  }

  /** What came is no JSON-RPC: nothing after it can be trusted. */
  #garbled(error: Error): void {
    this.#end(garbledError(error));
    this.#channel.abandon();
  }

  #end(error: NodeError): void {
    this.#failure ??= error;
    for (const { fail } of [...this.#pending]) fail(error);
  }

  /** What is asked for behind something slow waits for that, and is not late before the agent is at it. */
  #beginNext(): void {
    const [next] = this.#pending;
    next?.begin();
  }
}
