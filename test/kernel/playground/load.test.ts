import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { Daemon } from '../../../playground/daemon';
import { Load, type FailureKind, type LoadTotals } from '../../../playground/load';
import { Playground } from '../../../playground/playground';
import { LOAD_BINARY, buildPlayground } from '../../../tools/build-playground.mjs';
import { until } from '../agent/harness';

describe('the load', () => {
  before(buildPlayground);

  /** Runs a client against loopback until its totals are as wanted, and gives its last ones. */
  const clientUntil = async (
    argv: string[],
    reached: (totals: LoadTotals) => boolean,
  ): Promise<LoadTotals> => {
    const all: LoadTotals[] = [];
    const client = new Daemon([LOAD_BINARY, 'client', '--interval=50', ...argv], (line) => {
      all.push(JSON.parse(line) as LoadTotals);
    });
    await until(() => all.find(reached));
    await client.stop();
    return all.at(-1) ?? assert.fail('it has told nothing');
  };

  const FAULTS: Record<Exclude<FailureKind, 'refused' | 'other'>, (socket: net.Socket) => void> = {
    closed: (socket) => socket.end(),
    reset: (socket) => socket.once('data', () => socket.resetAndDestroy()),
    timeout: (socket) => socket.resume(),
    // An answer begins as its request does, but for the name of who answers.
    wrong: (socket) => socket.on('data', (request: Buffer) => socket.write(request.fill('x', 28, 32))),
  };
  for (const [kind, treat] of Object.entries(FAULTS) as [FailureKind, (socket: net.Socket) => void][])
    it(`counts and tells each failure (${kind})`, async () => {
      const sockets = new Set<net.Socket>();
      const server = net.createServer((socket) => {
        sockets.add(socket.on('error', () => undefined));
        treat(socket);
      });
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const { port } = server.address() as net.AddressInfo;
      const argv = [
        `--target=127.0.0.1:${port}=nobody`,
        '--rate=20',
        '--persistent=1',
        `--patience=${kind === 'timeout' ? 100 : 5000}`,
      ];
      const { failures, errors } = await clientUntil(argv, (totals) => totals.failures[kind] > 1);
      assert.equal(failures.all, failures[kind], errors.join('\n'));
      assert.match(errors[0] ?? '', new RegExp(`127.0.0.1:\\d+ -> 127.0.0.1:${port}, `));
      for (const socket of sockets) socket.destroy();
      await once(server.close(), 'close');
    });

  it('counts and tells each failure (refused)', async () => {
    const { failures, errors } = await clientUntil(
      ['--target=[::1]:1=nobody', '--rate=20'],
      (totals) => totals.failures.refused > 1,
    );
    assert.equal(failures.all, failures.refused);
    assert.match(errors[0] ?? '', /-> \[::1\]:1, connecting, answered 0: Connection refused/);
  });

  it('is answered through two pods, over connections that last, and that end, and in bulk', async () => {
    const playground = await Playground.start({ prefix: 't-load', mode: 'iptables' });
    const { client, server } = playground;
    const options = { persistent: 3, lasting: 3, lifetime: 5, pause: 1, families: ['ipv4', 'ipv6'] } as const;
    try {
      let load = await Load.start(client, server, { ...options, rate: 50 });
      await load.until(({ new: { ok }, requests }) => ok > 30 && requests.ok > 100);
      const small = await load.stop();
      assert.deepEqual([small.failures.all, small.errors], [0, []]);
      assert.ok(small.opened > small.new.ok + 6, 'some ended, and were made anew');
      const { outbound, inbound } = await load.redirected();
      assert.equal(outbound, inbound);
      load = await Load.start(client, server, { persistent: 2, size: 100_000, bulk: true });
      await load.until(({ bytes }) => bytes > 50_000_000);
      assert.deepEqual((await load.stop()).errors, []);
    } finally {
      await playground.stop();
    }
  });
});
