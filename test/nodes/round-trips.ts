import { writeFile } from 'node:fs/promises';
import { connect, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Sshd } from '../../playground/sshd';
import type { Connection, SshSettings } from '../../src/nodes';
import { settingsFor } from './fixture';
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
  #connections = 0;
  #newest = 0;

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

  /** Those of the connection that was made last, by itself, since it was made. */
  get newest(): number {
    return this.#newest;
  }

  async remove(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #carry(near: Socket, target: number): void {
    const far = connect(target, '127.0.0.1');
    const held: Buffer[] = [];
    /** How many had passed when something was said there last, and how many of its own. */
    let asked = this.#passed;
    let own = 0;
    let ownAsked = 0;
    let silence: NodeJS.Timeout | undefined;
    const latest = (this.#connections += 1);
    const deliver = (): void => {
      this.#passed = Math.max(this.#passed, asked + 1);
      own = Math.max(own, ownAsked + 1);
      if (latest === this.#connections) this.#newest = own;
      near.write(Buffer.concat(held.splice(0)));
    };
    near.on('data', (chunk) => {
      asked = this.#passed;
      ownAsked = own;
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

/** What the tree asks of a node first, all of it together. */
export async function askForTree(connection: Connection, signal: AbortSignal): Promise<void> {
  const { agent } = connection;
  await Promise.all([
    agent.request('switch/recover', {}),
    agent.request('workloads/list', {}),
    connection.pods(signal),
  ]);
}

/** Settings for an sshd at the end of a way. Without what keeps a connection alive: it is answered, and would count. */
export async function settingsOver(way: LongWay, sshd: Sshd): Promise<SshSettings> {
  const configFile = join(sshd.directory, 'ssh_config');
  await writeFile(configFile, 'ServerAliveInterval 0\n');
  sshd.knownAt(way.port);
  return settingsFor(sshd, { port: way.port, configFile });
}
