import type { Readable } from 'node:stream';
import { abortable } from './abort';
import { Deadline } from './deadline';
import { NodeError } from './errors';
import type { CommandLog } from './node';
import { AS_IS, type RootWay } from './root';
import { exitText, type Channel, type Command, type Exit, type Runner } from './runner';

/** What a finished command gave. */
export interface Finished extends Exit {
  readonly stdout: string;
  readonly stderr: string;
}

/** More output than any command of ours has: a node that sends it is not answering us. Bytes. */
const OUTPUT_LIMIT = 1 << 20;

/** For something that goes on to have begun. Milliseconds. */
const START_TIMEOUT = 60_000;

/** What took too long. */
export function timeOut(what: string): NodeError {
  return new NodeError('time-out', `${what}: no answer in time.`, 'Check that the node is not overloaded.');
}

/** All that comes out of a stream, up to a limit, as text. Never rejects: how its process ended says what broke it off. */
export async function collect(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size <= OUTPUT_LIMIT) chunks.push(chunk);
    }
  } catch {
    // The stream broke off; how the process ended says why.
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Runs commands on one node and tells the log of each. */
export class NodeShell {
  readonly #node: string;
  readonly #runner: Runner;
  readonly #log: CommandLog;

  constructor(node: string, runner: Runner, log: CommandLog) {
    this.#node = node;
    this.#runner = runner;
    this.#log = log;
  }

  /**
   * Runs a command to its end. Any exit code resolves.
   * @param options.milliseconds how long, without the time that a person takes to answer
   * @param options.stdin what the command reads; nothing by default
   * @param options.as as whom; by default as whoever signed in
   * @param options.level how loudly the log is told; by default as of any command
   * @throws NodeError `unreachable` if the way to the node is lost meanwhile, `time-out`, `cancelled`, or what the runner rejects
   * with
   */
  async run(
    command: Command,
    options: { signal: AbortSignal; milliseconds: number; stdin?: Uint8Array; as?: RootWay; level?: 'debug' },
  ): Promise<Finished> {
    const began = Date.now();
    const as = options.as ?? AS_IS;
    const wrapped = as.wrap(command);
    const what = `Running ${command.file}`;
    const deadline = new Deadline(options.milliseconds, () => timeOut(what));
    const signal = AbortSignal.any([options.signal, deadline.signal]);
    let channel: Channel | undefined;
    let exitCode: number | null = null;
    const work = async (): Promise<Finished> => {
      channel = await this.#runner.start(wrapped);
      // A command that ends before it has read everything breaks the pipe; its exit status tells.
      channel.stdin.on('error', () => undefined);
      const stdout = collect(channel.stdout);
      const { stdin, stderr, exited } = await as.enter(channel, deadline);
      stdin.end(options.stdin);
      const [out, words, exit] = await Promise.all([stdout, collect(stderr), exited]);
      exitCode = exit.exitCode;
      if (exit.lost !== undefined) {
        throw new NodeError('unreachable', `${what}: ${exit.lost}.`, 'Connect the node again.');
      }
      return { ...exit, stdout: out, stderr: words };
    };
    try {
      return await abortable(work(), signal, what, () => channel?.abandon());
    } catch (error) {
      channel?.abandon();
      throw error;
    } finally {
      deadline.stop();
      this.#report(wrapped, exitCode, began, options.level);
    }
  }

  /**
   * Starts a command that goes on, such as the agent.
   * @param as as whom
   */
  async start(command: Command, signal: AbortSignal, as: RootWay = AS_IS): Promise<Channel> {
    const began = Date.now();
    const wrapped = as.wrap(command);
    const what = `Starting ${command.file}`;
    const deadline = new Deadline(START_TIMEOUT, () => timeOut(what));
    let started: Channel | undefined;
    const starting = this.#runner.start(wrapped).then((channel) => {
      started = channel;
      channel.stdin.on('error', () => undefined);
      return as.enter(channel, deadline);
    });
    try {
      const any = AbortSignal.any([signal, deadline.signal]);
      const channel = await abortable(starting, any, what, () => {
        void starting.then(
          (late) => {
            late.abandon();
          },
          () => undefined,
        );
      });
      this.#report(wrapped, null, began);
      return channel;
    } catch (error) {
      started?.abandon();
      throw error;
    } finally {
      deadline.stop();
    }
  }

  message(level: 'debug' | 'info' | 'warn' | 'error', text: string): void {
    this.#log.message({ node: this.#node, level, text });
  }

  #report(command: Command, exitCode: number | null, began: number, level?: 'debug'): void {
    this.#log.command({
      ...(level ? { level } : {}),
      node: this.#node,
      argv: [command.file, ...command.args],
      exitCode,
      milliseconds: Date.now() - began,
    });
  }
}

/** A command that had to succeed did not. */
export function failedCommand(
  kind: 'no-shell' | 'no-agent-directory' | 'missing-tool' | 'agent-corrupt',
  what: string,
  finished: Finished,
  remedy: string,
): NodeError {
  const words = finished.stderr.trim() || finished.stdout.trim();
  return new NodeError(kind, `${what} (${exitText(finished)})${words ? `: ${words}` : '.'}`, remedy);
}
