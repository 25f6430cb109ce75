import assert from 'node:assert/strict';
import { port } from '../../../src/core/net';
import { rangeOf } from './ranges';
import type { Peer } from './peer';
import { APPLICATION, INBOUND, OUTBOUND, SIDECAR, World } from './world';

describe('eBPF mode, outbound', () => {
  let world: World;
  let application: Peer;
  let sidecar: Peer;
  let server: Peer;
  let outbound: number;
  let outbound6: number;

  before(async () => {
    world = await World.make('outbound');
    application = await world.pod.start(APPLICATION);
    server = await world.outside.start(APPLICATION);
    await world.outside.ip('address add 10.88.9.9/32 dev lo');
    await world.redirect({
      outboundIpRangeExclusions: [rangeOf('10.88.9.0/24'), rangeOf('fd88:9::/64')],
      outboundPortExclusions: [port(9000), { first: 9100, last: 9200 }],
    });
    sidecar = await world.pod.start(SIDECAR);
    outbound = await sidecar.listen('0.0.0.0', OUTBOUND);
    outbound6 = await sidecar.listen('::', OUTBOUND);
  });
  after(() => world.remove());

  /** Expects a connection to reach the server itself, from the pod's own address. */
  async function passes(peer: Peer, address: string, port: number): Promise<void> {
    const listener = await server.listen('0.0.0.0', port);
    const socket = await peer.connect(address, port);
    const accepted = await server.accept(listener);
    assert.equal(await server.peer(accepted), await peer.local(socket));
    assert.equal(await peer.peer(socket), `${address}:${port}`);
    await server.do('close', listener);
    assert.deepEqual(await world.entries('origins'), []);
  }

  afterEach(async () => {
    // A test that leaves sockets must not be what the next one sees.
    await application.end();
    application = await world.pod.start(APPLICATION);
  });

  it('takes IPv4 to the sidecar, and both ends know what was asked for', async () => {
    const socket = await application.connect('10.88.0.2', 8080);
    const accepted = await sidecar.accept(outbound);
    assert.equal(await application.peer(socket), '10.88.0.2:8080');
    assert.equal(await sidecar.original(accepted), '10.88.0.2:8080');
    assert.equal(await application.original(socket), '10.88.0.2:8080');
    assert.equal(await sidecar.peer(accepted), await application.local(socket));
    await sidecar.do('close', accepted);
  });

  it('takes IPv6 to the sidecar, and both ends know what was asked for', async () => {
    const socket = await application.connect('fd88::2', 8080);
    const accepted = await sidecar.accept(outbound6);
    assert.equal(await application.peer(socket), '[fd88::2]:8080');
    assert.equal(await sidecar.original(accepted, 6), '[fd88::2]:8080');
    assert.equal(await application.original(socket, 6), '[fd88::2]:8080');
    await sidecar.do('close', accepted);
  });

  it('takes an IPv6 socket that speaks IPv4 for IPv4', async () => {
    const socket = await application.connect('10.88.0.2', 8080, 6);
    const accepted = await sidecar.accept(outbound);
    assert.equal(await application.peer(socket), '[::ffff:10.88.0.2]:8080');
    assert.equal(await application.original(socket), '10.88.0.2:8080');
    assert.equal(await sidecar.original(accepted), '10.88.0.2:8080');
    await sidecar.do('close', accepted);
  });

  it('leaves to the kernel what it would refuse', async () => {
    await application.connect('10.88.0.2', 8080);
    const accepted = await sidecar.accept(outbound);
    assert.equal(await sidecar.original(accepted, 4, 15), 'EINVAL');
    assert.match(await sidecar.original(accepted, 6), /^E/);
    const info = await sidecar.do('option', accepted, 8192);
    assert.equal(info.value, 1, 'TCP_INFO into a long buffer says ESTABLISHED');
    await application.connect('fd88::2', 8080);
    const accepted6 = await sidecar.accept(outbound6);
    assert.match(await sidecar.original(accepted6, 4), /^E/);
    for (const fd of [accepted, accepted6]) await sidecar.do('close', fd);
  });

  it('passes excluded ranges, ports and ranges of ports', async () => {
    await passes(application, '10.88.9.9', 8080);
    await passes(application, '10.88.0.2', 9000);
    await passes(application, '10.88.0.2', 9100);
    await passes(application, '10.88.0.2', 9200);
  });

  it('takes the neighbours of excluded ports', async () => {
    for (const port of [8999, 9001, 9099, 9201]) {
      await application.connect('10.88.0.2', port);
      const accepted = await sidecar.accept(outbound);
      assert.equal(await sidecar.original(accepted), `10.88.0.2:${port}`);
      await sidecar.do('close', accepted);
    }
  });

  it('passes the sidecar, whoever connects its socket', async () => {
    await passes(sidecar, '10.88.0.2', 8080);
  });

  it('knows the owner of a socket as xt_owner does: who made it', async () => {
    const root = await world.pod.start(0);
    const socket = await root.open(4);
    await root.do('owner', socket, SIDECAR);
    await root.do('connect', socket, '10.88.0.2', 8080);
    const accepted = await sidecar.accept(outbound);
    assert.equal(await sidecar.original(accepted), '10.88.0.2:8080');
    await root.end();
    await sidecar.do('close', accepted);
  });

  it('passes the application to itself: loopback, any address, the pod’s own', async () => {
    const listener = await application.listen('::', 8080, { dual: true });
    for (const address of [
      '127.0.0.1',
      '127.0.0.2',
      '0.0.0.0',
      world.pod.address,
      '::1',
      '::',
      world.pod.address6,
    ]) {
      const socket = await application.connect(address, 8080);
      const accepted = await application.accept(listener);
      const seen = (await application.peer(accepted)).replace('::ffff:', '').replace(/[[\]]/g, '');
      assert.equal(seen, (await application.local(socket)).replace(/[[\]]/g, ''), address);
    }
    assert.deepEqual(await world.entries('origins'), []);
  });

  it('takes the sidecar’s call to its own pod to the inbound port', async () => {
    const inbound = await sidecar.listen('0.0.0.0', INBOUND);
    const inbound6 = await sidecar.listen('::', INBOUND);
    const socket = await sidecar.connect(world.pod.address, 8080);
    const accepted = await sidecar.accept(inbound);
    assert.equal(await sidecar.original(accepted), `${world.pod.address}:8080`);
    assert.equal(await sidecar.peer(socket), `${world.pod.address}:8080`);
    const socket6 = await sidecar.connect(world.pod.address6, 8080);
    const accepted6 = await sidecar.accept(inbound6);
    assert.equal(await sidecar.original(accepted6, 6), `[${world.pod.address6}]:8080`);
    for (const fd of [socket, accepted, socket6, accepted6, inbound, inbound6]) await sidecar.do('close', fd);
  });

  it('passes the sidecar to loopback', async () => {
    const listener = await application.listen('127.0.0.1', 8080);
    const socket = await sidecar.connect('127.0.0.1', 8080);
    const accepted = await application.accept(listener);
    assert.equal(await application.peer(accepted), await sidecar.local(socket));
    await sidecar.do('close', socket);
  });

  it('passes a process of the cgroup that uses another network', async () => {
    const stranger = await world.pod.start(APPLICATION, world.outside);
    const listener = await server.listen('0.0.0.0', 8080);
    const socket = await stranger.connect('10.88.0.2', 8080);
    await server.accept(listener);
    assert.equal(await stranger.peer(socket), '10.88.0.2:8080');
    await server.do('close', listener);
    await stranger.end();
  });
});
