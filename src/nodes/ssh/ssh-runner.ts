import type { ClientChannel } from 'ssh2';
import { NodeError } from '../errors';
import type { Channel, Command, Exit, Runner } from '../runner';
import { quoteCommand } from './quote';
import type { Session } from './session';

/** Runs commands over one SSH connection, a channel each. */
export class SshRunner implements Runner {
  readonly #session: Session;
  readonly #host: string;
  readonly #byHand: readonly string[];

  /** @param byHand the arguments with which ssh(1) signs in to the same host as the same user */
  constructor(session: Session, host: string, byHand: readonly string[]) {
    this.#session = session;
    this.#host = host;
    this.#byHand = byHand;
  }

  byHand(command: Command | null): Command {
    const words = command === null ? [] : [quoteCommand([command.file, ...command.args])];
    return { file: 'ssh', args: ['-t', ...this.#byHand, ...words] };
  }

  start(command: Command): Promise<Channel> {
    return new Promise((resolve, reject) => {
      const refuse = (error: Error): void => {
        const remedy = 'Connect the node again.';
        reject(new NodeError('unreachable', this.#lost(error.message), remedy, { cause: error }));
      };
      try {
        this.#session.client.exec(quoteCommand([command.file, ...command.args]), (error, stream) => {
          if (error) refuse(error);
          else resolve(this.#channel(stream));
        });
      } catch (error) {
        // ssh2 throws when its socket is gone already.
        refuse(error as Error);
      }
    });
  }

  #channel(stream: ClientChannel): Channel {
    let exit: Exit | undefined;
    stream.once('exit', (code: number | null, signal?: string) => {
      exit = { exitCode: code, signal: signal ?? null };
    });
    // "close" waits for stdout to be read, and only for that.
    const read = [stream, stream.stderr].map(
      (output) => new Promise((resolve) => output.once('close', resolve)),
    );
    const exited = Promise.all(read).then(
      (): Exit => exit ?? { exitCode: null, signal: null, lost: this.#lost(this.#session.lostBecause()) },
    );
    const abandon = (): void => {
      stream.close();
      // Unread output would keep the channel from closing.
      stream.resume();
      stream.stderr.resume();
    };
    return { stdin: stream, stdout: stream, stderr: stream.stderr, exited, abandon };
  }

  #lost(reason: string | undefined): string {
    return `the connection to ${this.#host} was lost${reason === undefined ? '' : ` (${reason})`}`;
  }
}
