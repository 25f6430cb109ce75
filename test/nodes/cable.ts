import { connect, type Server, type Socket } from 'node:net';
import { listenAnywhere, tieEnds } from './relay';

/** A way to a port of this machine that can be cut, as a cable is: whoever talks through it hears nothing more. */
export class Cable {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #cut = false;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  static async to(target: number): Promise<Cable> {
    const { server, port } = await listenAnywhere();
    const cable = new Cable(server, port);
    server.on('connection', (near) => {
      cable.#carry(near, target);
    });
    return cable;
  }

  /** Every connection through it is reset, and none comes through any more until `mend`. */
  cut(): void {
    this.#cut = true;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  mend(): void {
    this.#cut = false;
  }

  async remove(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #carry(near: Socket, target: number): void {
    if (this.#cut) {
      near.resetAndDestroy();
      return;
    }
    const far = connect(target, '127.0.0.1');
    tieEnds(near, far, this.#sockets);
    near.pipe(far);
    far.pipe(near);
  }
}
