import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tieEnds } from '../nodes/relay';

/** Stands before the socket of a daemon: while it is shut, who comes waits, and who is inside goes on. */
export class Door {
  /** Where to knock. */
  readonly socket: string;
  readonly #directory: string;
  readonly #server: Server;
  readonly #behind: string;
  readonly #open = new Set<Socket>();
  /** Those that wait; null while it is open. */
  #waiting: Socket[] | null = null;

  private constructor(directory: string, behind: string) {
    this.#directory = directory;
    this.socket = join(directory, 'socket');
    this.#behind = behind;
    // Each half of a connection of docker's ends by itself.
    this.#server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (near) => {
      if (this.#waiting) this.#waiting.push(near);
      else this.#let(near);
    });
  }

  /** @param behind the daemon's own socket */
  static async before(behind: string): Promise<Door> {
    const door = new Door(await mkdtemp(join(tmpdir(), 'mesh-redirect-door-')), behind);
    await new Promise<void>((resolve) => door.#server.listen(door.socket, resolve));
    return door;
  }

  async whileShut(work: () => Promise<void>): Promise<void> {
    this.#waiting = [];
    try {
      await work();
    } finally {
      const waiting = this.#waiting;
      this.#waiting = null;
      for (const near of waiting) if (!near.destroyed) this.#let(near);
    }
  }

  async remove(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
    await rm(this.#directory, { recursive: true });
  }

  #let(near: Socket): void {
    const far = connect({ path: this.#behind, allowHalfOpen: true });
    tieEnds(near, far, this.#open);
    near.pipe(far);
    far.pipe(near);
  }
}
