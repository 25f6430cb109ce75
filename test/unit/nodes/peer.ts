import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import { StreamMessageReader, type Message } from 'vscode-jsonrpc/node';
import type { Channel, Exit } from '../../../src/nodes/runner';

/** What the client asked. */
export type Asked = Message & { id: number; method: string; params: unknown };

/** The agent's side of a channel, in memory: says what a test tells it to, byte by byte. */
export class Peer {
  readonly channel: Channel;
  abandoned = false;
  readonly #stdin = new PassThrough();
  readonly #stdout = new PassThrough();
  readonly #stderr = new PassThrough();
  readonly #asked: Asked[] = [];
  readonly #waiting: ((asked: Asked) => void)[] = [];
  #exit: (exit: Exit) => void = () => undefined;

  constructor() {
    const exited = new Promise<Exit>((resolve) => {
      this.#exit = resolve;
    });
    this.channel = {
      stdin: this.#stdin,
      stdout: this.#stdout,
      stderr: this.#stderr,
      exited,
      abandon: () => {
        this.abandoned = true;
        this.exit({ exitCode: null, signal: 'SIGTERM' });
      },
    };
    new StreamMessageReader(this.#stdin).listen((message) => {
      const asked = message as Asked;
      const next = this.#waiting.shift();
      if (next) next(asked);
      else this.#asked.push(asked);
    });
  }

  /** The next request that the client sends. */
  asked(): Promise<Asked> {
    const first = this.#asked.shift();
    if (first) return Promise.resolve(first);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** True once the client has closed the agent's stdin. */
  get inputEnded(): boolean {
    return this.#stdin.writableEnded;
  }

  /** What a write to an agent that is gone comes to. */
  breakInput(): void {
    this.#stdin.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  }

  send(message: object): void {
    const text = JSON.stringify({ jsonrpc: '2.0', ...message });
    this.raw(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }

  raw(bytes: string): void {
    this.#stdout.write(bytes);
  }

  complain(text: string): void {
    this.#stderr.write(text);
  }

  exit(exit: Exit): void {
    const read = [this.#stdout, this.#stderr].map((stream) => finished(stream.end()));
    void Promise.all(read).then(() => {
      this.#exit(exit);
    });
  }
}
