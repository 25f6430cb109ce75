import { connect, type Server, type Socket } from 'node:net';
import { listenAnywhere } from '../nodes/relay';

/**
 * A way to a port of this machine on which a round trip takes so many milliseconds, also that of TCP's own handshake: as netem
 * delays, where the kernel has none.
 */
export class SlowWay {
  readonly port: number;
  /** Of connections that begin from now on. */
  delay = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  static async to(target: number): Promise<SlowWay> {
    const { server, port } = await listenAnywhere();
    const way = new SlowWay(server, port);
    server.on('connection', (near) => {
      const { delay } = way;
      // Until somebody reads it, it is not told that it has ended.
      near.once('error', () => undefined);
      later(delay, () => {
        way.#carry(near, target, delay);
      });
    });
    return way;
  }

  async remove(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #carry(near: Socket, target: number, delay: number): void {
    const far = connect(target, '127.0.0.1');
    this.#pass(near, far, delay / 2);
    this.#pass(far, near, delay / 2);
  }

  /** What `from` gives comes to `to` so much later, in its order, and so does its end. */
  #pass(from: Socket, to: Socket, delay: number): void {
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.on('data', (chunk) => {
      later(delay, () => to.write(chunk));
    });
    from.on('error', () => undefined); // it closes then
    from.on('close', () => {
      this.#sockets.delete(from);
      later(delay, () => to.end());
    });
  }
}

/** A timer takes a millisecond at the least. */
function later(delay: number, work: () => void): void {
  if (delay === 0) work();
  else setTimeout(work, delay);
}
