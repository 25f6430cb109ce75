import assert from 'node:assert/strict';
import { LISTENER_SLOTS } from '../../../src/core/ebpf';
import { port } from '../../../src/core/net';
import { rangeOf } from './ranges';
import type { Peer } from './peer';
import { APPLICATION, INBOUND, OUTBOUND, SIDECAR, World } from './world';

describe('eBPF mode, inbound', () => {
  let world: World;
  let application: Peer;
  let client: Peer;
  let sidecar: Peer;
  let inbound: number;
  let inbound6: number;

  before(async () => {
    world = await World.make('inbound');
    application = await world.pod.start(APPLICATION);
    client = await world.outside.start(APPLICATION);
    await world.outside.ip('address add 10.88.0.66/24 dev eth0');
    await world.redirect({
      inboundPortExclusions: [port(9000)],
      inboundSourceExclusions: [rangeOf('10.88.0.64/28')],
    });
  });
  after(() => world.remove());
  beforeEach(async () => {
    sidecar = await world.pod.start(SIDECAR);
    inbound = await sidecar.listen('0.0.0.0', INBOUND);
    inbound6 = await sidecar.listen('::', INBOUND);
  });
  afterEach(() => sidecar.end());

  const toPod = (number: number): Promise<number> => client.connect(world.pod.address, number);

  /** Expects a connection to reach the application itself. */
  async function passes(number: number, source = '0.0.0.0'): Promise<void> {
    const listener = await application.listen('0.0.0.0', number);
    const socket = await client.open(4);
    await client.do('bind', socket, source, 0);
    await client.do('connect', socket, world.pod.address, number);
    const accepted = await application.accept(listener);
    assert.equal(await application.peer(accepted), await client.local(socket));
    for (const fd of [listener, accepted]) await application.do('close', fd);
  }

  it('steers IPv4 to the sidecar, which sees the real addresses', async () => {
    const listener = await application.listen('0.0.0.0', 8080);
    const socket = await toPod(8080);
    const accepted = await sidecar.accept(inbound);
    assert.equal(await sidecar.peer(accepted), await client.local(socket));
    assert.equal(await sidecar.local(accepted), '10.88.0.1:8080');
    assert.equal(await sidecar.original(accepted), '10.88.0.1:8080');
    await application.do('close', listener);
  });

  it('steers IPv6 to the sidecar, which sees the real addresses', async () => {
    const socket = await client.connect('fd88::1', 8080);
    const accepted = await sidecar.accept(inbound6);
    assert.equal(await sidecar.peer(accepted), await client.local(socket));
    assert.equal(await sidecar.original(accepted, 6), '[fd88::1]:8080');
  });

  it('steers ports on which nobody listens', async () => {
    await toPod(4321);
    assert.equal(await sidecar.original(await sidecar.accept(inbound)), '10.88.0.1:4321');
  });

  it('steers the outbound port like any other, and says so of the inbound port itself', async () => {
    await sidecar.listen('0.0.0.0', OUTBOUND);
    for (const number of [OUTBOUND, INBOUND]) {
      await toPod(number);
      assert.equal(await sidecar.original(await sidecar.accept(inbound)), `10.88.0.1:${number}`);
    }
  });

  it('gives IPv4 to an IPv6 listener that takes both, where there is no other', async () => {
    await sidecar.end();
    sidecar = await world.pod.start(SIDECAR);
    const both = await sidecar.listen('::', INBOUND, { dual: true });
    const socket = await toPod(8080);
    const accepted = await sidecar.accept(both);
    assert.equal(await sidecar.peer(accepted), `[::ffff:${(await client.local(socket)).replace(':', ']:')}`);
    assert.equal(await sidecar.original(accepted), '10.88.0.1:8080');
  });

  it('passes excluded, bypass and control ports', async () => {
    for (const number of [9000, 15010, 15901, 15904, 22]) await passes(number);
  });

  it('passes excluded sources, and not their neighbours', async () => {
    await passes(8080, '10.88.0.66');
    await toPod(8080);
    await sidecar.accept(inbound);
  });

  it('passes the pod to itself, by any of its addresses', async () => {
    const listener = await application.listen('::', 8080, { dual: true });
    for (const address of ['127.0.0.1', '::1', world.pod.address, world.pod.address6]) {
      const socket = await application.connect(address, 8080);
      const accepted = await application.accept(listener);
      for (const fd of [socket, accepted]) await application.do('close', fd);
    }
    await application.do('close', listener);
  });

  it('refuses while there is no sidecar, and finds one that starts again', async () => {
    const listener = await application.listen('0.0.0.0', 8080);
    await sidecar.end();
    assert.equal(await client.attempt(world.pod.address, 8080), 'ECONNREFUSED');
    sidecar = await world.pod.start(SIDECAR);
    inbound = await sidecar.listen('0.0.0.0', INBOUND);
    await toPod(8080);
    await sidecar.accept(inbound);
    await application.do('close', listener);
  });

  it('goes on with the old sidecar until the new one listens', async () => {
    const next = await world.pod.start(SIDECAR);
    await toPod(8080);
    await sidecar.accept(inbound);
    await sidecar.end();
    inbound = await next.listen('0.0.0.0', INBOUND);
    await toPod(8080);
    await next.accept(inbound);
    await next.end();
  });

  it('frees the slots of listeners that have closed', async () => {
    for (let round = 0; round <= LISTENER_SLOTS; round++) {
      await sidecar.do('close', inbound);
      inbound = await sidecar.listen('0.0.0.0', INBOUND);
    }
    await toPod(8080);
    await sidecar.accept(inbound);
    assert.equal((await world.entries('listeners')).length, 2);
  });

  it('takes in listeners that were there before', async () => {
    await world.redirect(); // with new maps: these listeners are unknown to them
    assert.equal(await client.attempt(world.pod.address, 8080), 'ECONNREFUSED');
    const { adopted } = await world.agent.client.request('listeners/adopt', {
      workload: world.workload,
      map: world.map('listeners'),
      port: INBOUND,
      slots: { first: 0, count: LISTENER_SLOTS },
    });
    assert.equal(adopted, 2);
    await toPod(8080);
    await sidecar.accept(inbound);
    await client.connect('fd88::1', 8080);
    await sidecar.accept(inbound6);
  });
});
