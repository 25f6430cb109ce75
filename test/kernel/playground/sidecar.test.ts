import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Daemon } from '../../../playground/daemon';
import { Playground } from '../../../playground/playground';
import { APPLICATION_UID } from '../../../playground/pod';

const PORT = '9000';
const peer = (...words: string[]): string[] => [
  process.execPath,
  join(import.meta.dirname, 'peer.mjs'),
  ...words,
];

describe('the sidecar', () => {
  let playground: Playground;
  let server: Daemon | null = null;

  before(async () => {
    playground = await Playground.start({ prefix: 't-sc', mode: 'iptables' });
  });
  afterEach(async () => {
    await server?.stop('SIGKILL');
    server = null;
  });
  after(async () => {
    await playground.stop();
  });

  const serve = async (...words: string[]): Promise<Daemon> => {
    server = await Daemon.start(playground.server.inside(peer(...words)));
    return server;
  };
  /** The client's script stays root, which is as little the sidecar's user as any other is. */
  const call = async (what: string): Promise<string> =>
    (await playground.client.run(peer(what, PORT, playground.server.address))).stdout.trim();

  /** Bytes that the client's sidecar has passed on to our port. */
  async function passedOn(): Promise<number> {
    const { destinations } = await playground.client.sidecar.counters();
    return destinations.find(({ destination }) => destination.endsWith(`:${PORT}`))?.bytesUp ?? 0;
  }

  /** The same, once it has grown and then stands still. */
  async function passedOnInTheEnd(before: number): Promise<number> {
    for (let last = before; ;) {
      await sleep(200);
      const now = await passedOn();
      if (now > before && now === last) return now;
      last = now;
    }
  }

  it('passes an end of stream on, and waits for the answer to it', async () => {
    await serve('digest', PORT);
    const { answer, expected } = JSON.parse(await call('send')) as Record<string, string>;
    assert.equal(answer, expected);
  });

  it('slows a sender down to its receiver', async () => {
    const { pid } = await serve('digest', PORT, 'slow');
    const before = await passedOn();
    const sent = call('send');
    const passed = (await passedOnInTheEnd(before)) - before;
    assert.ok(passed < 32 * 1024 * 1024, `${passed} bytes were taken from the sender, and nobody reads them`);
    process.kill(pid, 'SIGUSR2');
    const { answer, expected } = JSON.parse(await sent) as Record<string, string>;
    assert.equal(answer, expected);
  });

  it('passes a reset on', async () => {
    await serve('reset', PORT);
    assert.equal(await call('ask'), 'ECONNRESET');
  });

  it('resets a connection whose destination does not listen, and counts it', async () => {
    const { failed } = (await playground.server.sidecar.counters()).inbound;
    assert.equal(await call('ask'), 'ECONNRESET');
    assert.equal((await playground.server.sidecar.counters()).inbound.failed, failed + 1);
  });

  it('survives an admin request that is none, and keeps no connection', async () => {
    const script = `const s = require('net').connect(15000, '127.0.0.1'); s.on('data', (d) => process.stdout.write(d));
      s.end('BREW / HTTP/1.0\\r\\n\\r\\n')`;
    const { stdout } = await playground.client.run([process.execPath, '-e', script], {
      uid: APPLICATION_UID,
    });
    assert.match(stdout, /^HTTP\/1\.0 404 /);
    const { stdout: page } = await playground.client.run([
      process.execPath,
      '-e',
      `fetch('http://127.0.0.1:15000/').then((r) => r.json()).then((j) => console.log(j.uid))`,
    ]);
    assert.equal(page.trim(), '1500');
  });
});
