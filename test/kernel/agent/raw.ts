import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { buffer, text } from 'node:stream/consumers';

/** Frames a body as the Language Server Protocol does. */
export function frame(body: string | Buffer): Buffer {
  const bytes = Buffer.from(body);
  return Buffer.concat([Buffer.from(`Content-Length: ${bytes.length}\r\n\r\n`), bytes]);
}

export const request = (id: unknown, method: unknown, params?: unknown): Buffer =>
  frame(JSON.stringify({ jsonrpc: '2.0', id, method, params }));

export interface Reply {
  id?: unknown;
  method?: string;
  result?: unknown;
  error?: { code: number; message: string; data?: unknown };
}

/** The messages in what an agent has written; throws if it is not all whole frames of JSON. */
export function unframe(bytes: Buffer): Reply[] {
  const replies: Reply[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf('\r\n\r\n', at);
    const length = /^Content-Length: (\d+)$/.exec(bytes.toString('latin1', at, end))?.[1];
    if (length === undefined) throw new Error(`no frame at ${at}: ${bytes.toString('latin1', at, at + 80)}`);
    at = end + 4 + Number(length);
    if (at > bytes.length) throw new Error('the last frame is cut');
    replies.push(JSON.parse(bytes.toString('utf8', end + 4, at)) as Reply);
  }
  return replies;
}

/**
 * Gives an agent exactly these bytes, a piece at a time, then the end of its stdin, and waits for its end. Nothing else is
 * known of what comes back: a crash shows in `signal` or `exitCode`, and in `stderr`.
 */
export async function feed(argv: readonly string[], pieces: readonly (Buffer | string)[]) {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, { stdio: 'pipe' });
  // It may end before it has read everything.
  child.stdin.on('error', () => undefined);
  const output = buffer(child.stdout);
  const stderr = text(child.stderr);
  const closed = once(child, 'close');
  for (const piece of pieces)
    if (!child.stdin.write(piece)) await Promise.race([once(child.stdin, 'drain'), closed]);
  child.stdin.end();
  const [exitCode, signal] = (await closed) as [number | null, string | null];
  return { exitCode, signal, stderr: await stderr, replies: unframe(await output) };
}
