import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

const SOURCE = join(import.meta.dirname, 'peer.c');
const BINARY = join(import.meta.dirname, '..', '..', '..', 'dist', 'test', 'peer');

/** Compiles peer.c if it is newer than its program. */
function build(): void {
  const made = statSync(BINARY, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (made > statSync(SOURCE).mtimeMs) return;
  mkdirSync(dirname(BINARY), { recursive: true });
  const temporary = `${BINARY}.${process.pid}`;
  execFileSync('gcc', ['-O1', '-Wall', '-Wextra', '-Werror', '-o', temporary, SOURCE], { stdio: 'inherit' });
  renameSync(temporary, BINARY);
}

/** What peer.c answers: what was asked for, or the name of the error. */
interface Reply {
  error?: string;
  fd?: number;
  address?: string;
  port?: number;
  length?: number;
  value?: number;
  text?: string;
}

type Family = 4 | 6;

const familyOf = (address: string): Family => (address.includes(':') ? 6 : 4);

/** A process in a pod that does with sockets what it is told, and says what it saw. Sockets are numbers. */
export class Peer {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  private constructor(argv: readonly string[]) {
    const [file = '', ...args] = argv;
    this.#child = spawn(file, args, { stdio: 'pipe' });
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  /** @param inside gives the argv that runs a program where it is to run */
  static async start(inside: (argv: string[]) => string[], uid: number, gid = uid): Promise<Peer> {
    build();
    const as = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--'];
    const peer = new Peer(inside([...as, BINARY]));
    await peer.#reply(); // it is there
    return peer;
  }

  /** One command of peer.c. */
  async ask(...words: (string | number)[]): Promise<Reply> {
    this.#child.stdin.write(`${words.join(' ')}\n`);
    return this.#reply();
  }

  /** As `ask`, where failing is not expected. */
  async do(...words: (string | number)[]): Promise<Reply> {
    const reply = await this.ask(...words);
    assert.equal(reply.error, undefined, `${words.join(' ')}: ${reply.error}`);
    return reply;
  }

  async open(family: Family): Promise<number> {
    return fdOf(await this.do('socket', family));
  }

  /** A listener of the address's family; one of `::` takes IPv4 too if `dual`. */
  async listen(address: string, port: number, { dual = false } = {}): Promise<number> {
    const fd = await this.open(familyOf(address));
    if (familyOf(address) === 6 && !dual) await this.do('only6', fd);
    await this.do('bind', fd, address, port);
    await this.do('listen', fd, 16);
    return fd;
  }

  /** Connects a new socket, of the address's family unless another is named. */
  async connect(address: string, port: number, family: Family = familyOf(address)): Promise<number> {
    const fd = await this.open(family);
    await this.do('connect', fd, address, port);
    return fd;
  }

  /** The error that connecting gives; `connected` if none. */
  async attempt(address: string, port: number): Promise<string> {
    const fd = await this.open(familyOf(address));
    const { error } = await this.ask('connect', fd, address, port);
    await this.do('close', fd);
    return error ?? 'connected';
  }

  async accept(listener: number): Promise<number> {
    return fdOf(await this.do('accept', listener));
  }

  /** getpeername: `10.88.0.2:8080`, `[fd88::2]:8080`, or the error. */
  async peer(fd: number): Promise<string> {
    return nameOf(await this.ask('peer', fd));
  }

  /** getsockname. */
  async local(fd: number): Promise<string> {
    return nameOf(await this.ask('local', fd));
  }

  /** SO_ORIGINAL_DST, or IP6T_SO_ORIGINAL_DST for family 6. */
  async original(fd: number, family: Family = 4, size = family === 4 ? 16 : 28): Promise<string> {
    return nameOf(await this.ask('original', fd, family, size));
  }

  /** Ends the process, and with it its sockets. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#child.stdin.end();
    await once(this.#child, 'close');
  }

  async #reply(): Promise<Reply> {
    const line = await this.#lines.next();
    if (line.done) throw new Error('the peer has ended');
    return JSON.parse(line.value) as Reply;
  }
}

function fdOf({ fd }: Reply): number {
  return fd ?? assert.fail('the peer gave no socket');
}

function nameOf({ error, address = '', port }: Reply): string {
  if (error !== undefined) return error;
  return familyOf(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}
