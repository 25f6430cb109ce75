import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { NodeError } from '../../../src/nodes/errors';
import type { Prompts } from '../../../src/nodes/node';
import type { SshHost } from '../../../src/nodes/ssh/host';
import { openHop } from '../../../src/nodes/ssh/hop';
import { KeyRing } from '../../../src/nodes/ssh/key-ring';
import { Turns } from '../../../src/nodes/turns';

/** Listens, and says where. */
const LISTENER = `
  const server = require('node:net').createServer((socket) => socket.end());
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port));
`;

const NOBODY: Prompts = {
  confirmHostKey: () => Promise.resolve(false),
  askSecret: () => Promise.resolve(undefined),
};

const HOST: SshHost = {
  ...{ alias: 'away', host: '127.0.0.1', port: 22, user: 'root', jumps: [], jumpsFrom: undefined },
  ...{ proxyCommand: undefined, addressFamily: 4, bindAddress: undefined, connectTimeout: 60_000 },
  ...{ keepalive: { interval: 0, count: 3 }, hostKeyAlias: undefined, userKnownHosts: [] },
  ...{ globalKnownHosts: [], hashKnownHosts: false, unknownHostKey: 'refuse', identityFiles: [] },
  ...{ identitiesOnly: true, agent: null, methods: ['publickey'], tries: 1, mayAsk: false },
};

describe('a host that does not answer', () => {
  let listener: ChildProcess;
  const waiting: Socket[] = [];
  let port = 0;

  before(async () => {
    listener = spawn(process.execPath, ['-e', LISTENER], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [said] = (await once(listener.stdout as Duplex, 'data')) as [Buffer];
    port = Number(said.toString());
    listener.kill('SIGSTOP');
    // The kernel takes two for it, and then answers nobody.
    for (let taken = 0; taken < 2; taken += 1) {
      const socket = connect(port, '127.0.0.1');
      waiting.push(socket);
      await once(socket, 'connect');
    }
  });

  after(() => {
    listener.kill('SIGKILL');
    for (const socket of waiting.splice(0)) socket.destroy();
  });

  const hop = (turns: Turns, signal: AbortSignal) =>
    turns.run('waited-for', signal, (turn) =>
      openHop({ ...HOST, port }, undefined, {
        ...{ prompts: NOBODY, keys: new KeyRing(), warn: () => undefined, signal, turn },
      }),
    );

  it('keeps nobody else from being connected to', async () => {
    const turns = new Turns(1);
    const cancel = new AbortController();
    const unanswered = hop(turns, cancel.signal);
    await turns.run('waited-for', cancel.signal, () => Promise.resolve());
    cancel.abort();
    await assert.rejects(unanswered, (error) => error instanceof NodeError && error.kind === 'cancelled');
  });
});
