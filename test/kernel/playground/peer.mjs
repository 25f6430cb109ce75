// One end of a connection through sidecars: node peer.mjs <what> <port> [host]. Servers print `ready`.

import { createHash } from 'node:crypto';
import net from 'node:net';

const [what, port = '', host = ''] = process.argv.slice(2);
const BYTES = 64 * 1024 * 1024;

/** @param {string} line */
const say = (line) => process.stdout.write(`${line}\n`);

/** @param {(socket: net.Socket) => void} accept */
const serve = (accept) =>
  net.createServer({ allowHalfOpen: true }, accept).listen(Number(port), () => {
    say('ready');
  });
const connect = () => net.connect({ port: Number(port), host, allowHalfOpen: true });

/** @type {Record<string, () => unknown>} */
const roles = {
  // Answers with the hash of what it got, once it got all, and not before SIGUSR2 if it is to be slow.
  digest: () =>
    serve((socket) => {
      const hash = createHash('sha256');
      socket.on('data', (chunk) => hash.update(chunk));
      socket.on('end', () => socket.end(hash.digest('hex')));
      if (host === 'slow') {
        socket.pause();
        process.once('SIGUSR2', () => socket.resume());
      }
    }),
  // Sends a lot, says that this was all, and prints the answer beside what it should be.
  send: () => {
    const socket = connect();
    const data = Buffer.alloc(BYTES, 'mesh');
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('end', () => {
      say(JSON.stringify({ answer, expected: createHash('sha256').update(data).digest('hex') }));
    });
    socket.end(data);
  },
  // Resets what it accepts once the first byte has come.
  reset: () => serve((socket) => socket.once('data', () => socket.resetAndDestroy())),
  // Prints how the connection ended.
  ask: () => {
    const socket = connect();
    socket.on('error', (error) => {
      say(String(/** @type {NodeJS.ErrnoException} */ (error).code));
    });
    socket.on('end', () => {
      say('end');
      socket.end();
    });
    socket.on('data', () => undefined);
    socket.write('?');
  },
};
roles[what ?? '']?.();
