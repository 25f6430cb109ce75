// The two halves of the playground's application. They know nothing of the mesh: the client calls the server's
// address, and minds whether it really talks to that address.
//
//   node application.mjs server --port 8080 --name NAME --uid UID
//   node application.mjs client --target HOST:PORT [--target HOST:PORT] --uid UID
//
// The server prints `ready`. The client prints its totals as one line of JSON after every request.

import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const PAUSE = 100; // milliseconds between two requests of one worker
const PATIENCE = 10_000; // milliseconds after which a request counts as failed

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: 'string' },
    name: { type: 'string' },
    uid: { type: 'string' },
    target: { type: 'string', multiple: true },
  },
});

/** @param {number} port @param {string} name */
function serve(port, name) {
  let sequence = 0;
  const server = net.createServer((socket) => {
    let received = '';
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      const lines = (received + chunk.toString()).split('\n');
      received = lines.pop() ?? '';
      for (const line of lines) {
        sequence += 1;
        socket.write(`${name} ${String(sequence)} ${line}\n`);
      }
    });
  });
  server.listen(port, '::', () => {
    console.log('ready');
  });
}

const totals = { ok: 0, failed: 0, lastError: /** @type {string | null} */ (null) };

/** @param {Error | null} error */
function count(error) {
  if (error) {
    totals.failed += 1;
    totals.lastError = error.message;
  } else totals.ok += 1;
  process.stdout.write(`${JSON.stringify(totals)}\n`);
}

/** @param {{ host: string, port: number }} target @returns {Promise<net.Socket>} */
async function connect(target) {
  const socket = net.connect({ ...target, noDelay: true });
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject);
    socket.setTimeout(PATIENCE, () => socket.destroy(new Error('no answer to connect')));
  });
  if (socket.remoteAddress !== target.host || socket.remotePort !== target.port) {
    const peer = `${String(socket.remoteAddress)}:${String(socket.remotePort)}`;
    socket.destroy();
    throw new Error(`asked for ${target.host}:${String(target.port)}, and the peer is called ${peer}`);
  }
  return socket;
}

/** @param {net.Socket} socket @param {string} question */
async function ask(socket, question) {
  const answer = await /** @type {Promise<string>} */ (
    new Promise((resolve, reject) => {
      let received = '';
      const settle = (/** @type {() => void} */ done) => {
        socket.removeAllListeners();
        socket.on('error', () => socket.destroy());
        done();
      };
      socket.removeAllListeners();
      socket.setTimeout(PATIENCE, () => socket.destroy(new Error('no answer')));
      socket.on('error', (error) => {
        settle(() => {
          reject(error);
        });
      });
      socket.on('close', () => {
        settle(() => {
          reject(new Error('the connection was closed before the answer'));
        });
      });
      socket.on('data', (chunk) => {
        received += chunk.toString();
        if (received.endsWith('\n'))
          settle(() => {
            resolve(received.trim());
          });
      });
      socket.write(`${question}\n`);
    })
  );
  if (!answer.endsWith(` ${question}`)) throw new Error(`asked ${question}, answered ${answer}`);
}

/**
 * Asks for ever, over connections that last for so many requests.
 * @param {{ host: string, port: number }} target @param {string} worker
 * @param {number} lifetime requests per connection
 */
async function work(target, worker, lifetime) {
  /** @type {net.Socket | null} */
  let socket = null;
  for (let sequence = 1; ; sequence += 1) {
    try {
      socket ??= await connect(target);
      await ask(socket, `${worker}-${String(sequence)}`);
      count(null);
    } catch (error) {
      socket?.destroy();
      socket = null;
      count(error instanceof Error ? error : new Error(String(error)));
    }
    if (sequence % lifetime === 0) {
      socket?.end();
      socket = null;
    }
    await sleep(PAUSE);
  }
}

/** @param {string} text @returns {{ host: string, port: number }} */
function parseTarget(text) {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
}

if (values.uid !== undefined && process.getuid?.() === 0) {
  process.setgroups?.([]);
  process.setgid?.(Number(values.uid));
  process.setuid?.(Number(values.uid));
}
if (positionals[0] === 'server') serve(Number(values.port), values.name ?? 'server');
else
  for (const target of (values.target ?? []).map(parseTarget))
    for (const [worker, lifetime] of /** @type {const} */ ([
      ['persistent-1', Infinity],
      ['persistent-2', Infinity],
      ['lasting-1', 30],
      ['lasting-2', 40],
      ['fresh-1', 1],
      ['fresh-2', 1],
    ]))
      void work(target, worker, lifetime);
