import { connect, type Server, type Socket } from 'node:net';
import { listenAnywhere, tieEnds } from './relay';

/** The node has said what it had to say when it is silent for so long, in milliseconds. */
const SILENCE = 400;

/**
 * A way to a port of this machine on which something goes back only once the node is silent: all that it has said by then arrives
 * together. Counts round trips, whatever the time: what is said there when so many have passed is answered one later. Those of
 * several connections at the same time pass together.
 */
export class LongWay {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #passed = 0;
  #since = 0;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  static async to(target: number): Promise<LongWay> {
    const { server, port } = await listenAnywhere();
    const way = new LongWay(server, port);
    server.on('connection', (near) => {
      way.#carry(near, target);
    });
    return way;
  }

  /** Since the last time that it was asked. What nobody waited for by then, such as a good-bye, is none. */
  take(): number {
    const count = this.#passed - this.#since;
    // Answers to what was said before count no more.
    this.#passed += 1;
    this.#since = this.#passed;
    return count;
  }

  async remove(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #carry(near: Socket, target: number): void {
    const far = connect(target, '127.0.0.1');
    const held: Buffer[] = [];
    /** How many had passed when something was said there last. */
    let asked = this.#passed;
    let silence: NodeJS.Timeout | undefined;
    const deliver = (): void => {
      this.#passed = Math.max(this.#passed, asked + 1);
      near.write(Buffer.concat(held.splice(0)));
    };
    near.on('data', (chunk) => {
      asked = this.#passed;
      far.write(chunk);
    });
    far.on('data', (chunk) => {
      held.push(chunk);
      clearTimeout(silence);
      silence = setTimeout(deliver, SILENCE);
    });
    far.on('close', () => {
      clearTimeout(silence);
    });
    tieEnds(near, far, this.#sockets);
  }
}
