import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { withoutClientPort, type Connection, type Outcome } from './outcome';

const SOURCE = join(import.meta.dirname, 'peer.c');
const BINARY = join(import.meta.dirname, '..', '..', 'dist', 'parity', 'peer');

/** Compiles peer.c if it is newer than its program. */
function build(): void {
  const made = statSync(BINARY, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (made > statSync(SOURCE).mtimeMs) return;
  mkdirSync(dirname(BINARY), { recursive: true });
  const temporary = `${BINARY}.${process.pid}`;
  const flags = ['-O1', '-Wall', '-Wextra', '-Werror', '-pthread'];
  execFileSync('gcc', [...flags, '-o', temporary, SOURCE], { stdio: 'inherit' });
  renameSync(temporary, BINARY);
}

/** A port that is served under a name. `46`: one listener for both families. */
export interface Served {
  name: string;
  families: '4' | '6' | '46';
  port: number;
}

/** peer.c in some namespace: serves ports, makes connections. */
export class Peer {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  /** @param inside gives the argv that runs a program where it is to run */
  constructor(inside: (argv: string[]) => string[]) {
    build();
    const [file = '', ...args] = inside([BINARY]);
    this.#child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    // Ctrl-C ends it, too: what cannot be written then is told by the replies that do not come.
    this.#child.stdin.on('error', () => undefined);
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  async serve(all: readonly Served[]): Promise<void> {
    const replies = await this.#ask(
      all.map(({ name, families, port }) => `listen ${name} ${families} ${port}`),
    );
    for (const [index, reply] of replies.entries()) assert.equal(reply, '{}', JSON.stringify(all[index]));
  }

  /** Makes connections one after the other, all in one round trip. */
  async connect(connections: readonly Connection[]): Promise<Outcome[]> {
    const replies = await this.#ask(
      connections.map(({ uid, gid, family, to, port, from, device }) =>
        ['connect', uid, gid, family, to, port, from ?? '-', device ?? '-'].join(' '),
      ),
    );
    return replies.map((reply) => withoutClientPort(JSON.parse(reply) as Outcome));
  }

  /** Ends the process, and with it its sockets. */
  async end(): Promise<void> {
    const { exitCode, signalCode, stdin } = this.#child;
    if (exitCode !== null || signalCode !== null) return;
    stdin.end();
    await once(this.#child, 'close');
  }

  async #ask(commands: readonly string[]): Promise<string[]> {
    this.#child.stdin.write(commands.map((command) => `${command}\n`).join(''));
    const replies: string[] = [];
    while (replies.length < commands.length) {
      const line = await this.#lines.next();
      if (line.done) throw new Error('the peer has ended');
      replies.push(line.value);
    }
    return replies;
  }
}
