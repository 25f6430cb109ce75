import assert from 'node:assert/strict';
import { port } from '../../../src/core/net';
import type { Peer } from './peer';
import { APPLICATION, OUTBOUND, SIDECAR, World } from './world';

describe('eBPF mode, a socket that connects again', () => {
  let world: World;
  let application: Peer;
  let sidecar: Peer;
  let server: Peer;
  let outbound: number;
  let socket: number;

  before(async () => {
    world = await World.make('again');
    application = await world.pod.start(APPLICATION);
    await world.redirect({ outboundPortExclusions: [port(9000)] });
    server = await world.outside.start(APPLICATION);
    await server.listen('0.0.0.0', 9000);
  });
  after(() => world.remove());
  beforeEach(async () => {
    sidecar = await world.pod.start(SIDECAR);
    outbound = await sidecar.listen('0.0.0.0', OUTBOUND);
    socket = await application.open(4);
  });
  afterEach(async () => {
    await application.do('close', socket);
    await sidecar.end();
  });

  /** Expects the socket to be connected through the sidecar to this destination. */
  async function redirectedTo(name: string): Promise<void> {
    assert.equal(await application.peer(socket), name);
    assert.equal(await sidecar.original(await sidecar.accept(outbound)), name);
  }

  it('is not confused by polling with connect(2) and the same address', async () => {
    const { error } = await application.ask('start', socket, '10.88.0.2', 8080);
    assert.ok(error === undefined || error === 'EINPROGRESS', error);
    await application.ask('start', socket, '10.88.0.2', 8080);
    await application.do('finish', socket);
    assert.equal((await application.ask('start', socket, '10.88.0.2', 8080)).error, 'EISCONN');
    await redirectedTo('10.88.0.2:8080');
  });

  it('is redirected anew after a refusal', async () => {
    await sidecar.end();
    assert.equal((await application.ask('connect', socket, '10.88.0.2', 8080)).error, 'ECONNREFUSED');
    assert.equal(await application.peer(socket), 'ENOTCONN');
    sidecar = await world.pod.start(SIDECAR);
    outbound = await sidecar.listen('0.0.0.0', OUTBOUND);
    await application.do('connect', socket, '10.88.0.2', 8081);
    await redirectedTo('10.88.0.2:8081');
  });

  it('is redirected anew after connect(AF_UNSPEC)', async () => {
    await application.do('connect', socket, '10.88.0.2', 8080);
    await redirectedTo('10.88.0.2:8080');
    await application.do('disconnect', socket);
    await application.do('connect', socket, '10.88.0.2', 8082);
    await redirectedTo('10.88.0.2:8082');
  });

  for (const [how, before] of [
    ['a connection', 'disconnect'],
    ['a refusal', 'refuse'],
  ] as const)
    it(`forgets its origin where it passes after ${how}`, async () => {
      if (before === 'refuse') await sidecar.end();
      await application.ask('connect', socket, '10.88.0.2', 8080);
      if (before === 'disconnect') await application.do('disconnect', socket);
      await sidecar.end();
      await application.do('connect', socket, '10.88.0.2', 9000);
      assert.equal(await application.peer(socket), '10.88.0.2:9000');
      assert.equal(await application.original(socket), 'ENOENT');
      assert.deepEqual(await world.entries('origins'), []);
    });
});
