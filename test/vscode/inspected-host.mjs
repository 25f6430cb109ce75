// Preloaded into VS Code's server, and so into its extension hosts: those answer the protocol of `node:inspector` at a
// socket, one request a connection, so that tests can measure what goes on in them.

import { rmSync } from 'node:fs';
import { Session } from 'node:inspector';
import { createServer } from 'node:net';
import { isMainThread } from 'node:worker_threads';

const path = process.env['MESH_REDIRECT_INSPECTED_HOST'];
if (path !== undefined && isMainThread && process.argv.includes('--type=extensionHost')) {
  const session = new Session();
  session.connect();
  const server = createServer({ allowHalfOpen: true }, (connection) => {
    let text = '';
    connection.setEncoding('utf8').on('data', (chunk) => (text += String(chunk)));
    connection.on('end', () => {
      /** @type {unknown} */
      const request = JSON.parse(text);
      const { method, params } = /** @type {{ method: string, params: object }} */ (request);
      session.post(method, params, (error, result) => connection.end(JSON.stringify({ error, result })));
    });
  });
  rmSync(path, { force: true }); // of a host before this one
  server.listen(path).unref();
}
