import type { Readable } from 'node:stream';
import { abortable } from './abort';
import { NodeError } from './errors';
import type { CommandLog } from './node';
import { exitText, type Channel, type Command, type Exit, type Runner } from './runner';

/** What a finished command gave. */
export interface Finished extends Exit {
  readonly stdout: string;
  readonly stderr: string;
}

/** More output than any command of ours has: a node that sends it is not answering us. Bytes. */
const OUTPUT_LIMIT = 1 << 20;

async function collect(stream: Readable): Promise<string> {
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
   * @param options.stdin what the command reads; nothing by default
   * @throws NodeError `time-out`, `cancelled`, or what the runner rejects with
   */
  async run(
    command: Command,
    options: { signal: AbortSignal; milliseconds: number; stdin?: Uint8Array },
  ): Promise<Finished> {
    const began = Date.now();
    const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.milliseconds)]);
    let channel: Channel | undefined;
    let exitCode: number | null = null;
    const work = async (): Promise<Finished> => {
      channel = await this.#runner.start(command);
      // A command that ends before it has read everything breaks the pipe; its exit status tells.
      channel.stdin.on('error', () => undefined);
      channel.stdin.end(options.stdin);
      const [stdout, stderr, exit] = await Promise.all([
        collect(channel.stdout),
        collect(channel.stderr),
        channel.exited,
      ]);
      exitCode = exit.exitCode;
      return { ...exit, stdout, stderr };
    };
    try {
      return await abortable(work(), signal, `Running ${command.file}`, () => channel?.abandon());
    } finally {
      this.#report(command, exitCode, began);
    }
  }

  /** Starts a command that goes on, such as the agent. */
  async start(command: Command, signal: AbortSignal): Promise<Channel> {
    const began = Date.now();
    const starting = this.#runner.start(command);
    const channel = await abortable(starting, signal, `Starting ${command.file}`, () => {
      void starting.then(
        (late) => {
          late.abandon();
        },
        () => undefined,
      );
    });
    this.#report(command, null, began);
    return channel;
  }

  message(level: 'debug' | 'info' | 'warn' | 'error', text: string): void {
    this.#log.message({ node: this.#node, level, text });
  }

  #report(command: Command, exitCode: number | null, began: number): void {
    this.#log.command({
      node: this.#node,
      argv: [command.file, ...command.args],
      exitCode,
      milliseconds: Date.now() - began,
    });
  }
}

/** A command that had to succeed did not. */
export function failedCommand(
  kind: 'no-shell' | 'no-agent-directory' | 'missing-tool',
  what: string,
  finished: Finished,
  remedy: string,
): NodeError {
  const words = finished.stderr.trim() || finished.stdout.trim();
  return new NodeError(kind, `${what} (${exitText(finished)})${words ? `: ${words}` : '.'}`, remedy);
}
