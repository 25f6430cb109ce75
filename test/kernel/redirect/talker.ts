import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { APPLICATION_PORT } from '../../../playground/application';
import type { Playground } from '../../../playground/playground';

/** Connects once, asks a line whenever it is told to, and says what it heard and who it is talking to. */
const SCRIPT = `
import net from 'node:net';
import { createInterface } from 'node:readline';
const [host, port] = process.argv.slice(1);
const socket = net.connect({ host, port: Number(port) });
socket.on('error', (error) => { console.log(JSON.stringify({ error: error.message })); process.exit(1); });
socket.on('connect', () => console.log('ready'));
createInterface({ input: process.stdin }).on('line', (line) => {
  socket.once('data', (data) => {
    const { remoteAddress, remotePort } = socket;
    const answered = data.toString().trim().endsWith(' ' + line);
    console.log(JSON.stringify({ answered, peer: remoteAddress + ':' + remotePort }));
  });
  socket.write(line + '\\n');
});
`;

/** One connection from the client's pod to the server's, which lasts. */
export class Talker {
  readonly target: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  #count = 0;

  private constructor(child: ChildProcessWithoutNullStreams, target: string) {
    this.#child = child;
    this.target = target;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  static async start({ client, server }: Playground): Promise<Talker> {
    const node = [
      process.execPath,
      '--input-type=module',
      '-e',
      SCRIPT,
      server.address,
      String(APPLICATION_PORT),
    ];
    const [file = '', ...args] = client.inside(node);
    const talker = new Talker(spawn(file, args), `${server.address}:${APPLICATION_PORT}`);
    await talker.#line();
    return talker;
  }

  /** Asks once more over the same connection. */
  async ask(): Promise<unknown> {
    this.#count += 1;
    this.#child.stdin.write(`question-${this.#count}\n`);
    return JSON.parse(await this.#line()) as unknown;
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await ended;
  }

  async #line(): Promise<string> {
    const line = await this.#lines.next();
    if (line.done === true) throw new Error('the connection has ended');
    return line.value;
  }
}
