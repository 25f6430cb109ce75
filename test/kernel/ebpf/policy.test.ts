import assert from 'node:assert/strict';
import { rangeOf } from './ranges';
import type { Peer } from './peer';
import { APPLICATION, INBOUND, OUTBOUND, SIDECAR, World } from './world';

describe('eBPF mode, what a policy can say', () => {
  let world: World;
  let application: Peer;
  let server: Peer;
  let sidecar: Peer;
  let outbound: number;
  let inbound: number;
  let serving: number;

  before(async () => {
    world = await World.make('policy');
  });
  after(() => world.remove());
  beforeEach(async () => {
    application = await world.pod.start(APPLICATION);
    server = await world.outside.start(APPLICATION);
    serving = await server.listen('0.0.0.0', 8080);
  });
  afterEach(async () => {
    for (const peer of [application, server, sidecar]) await peer.end();
  });

  /** Starts the sidecar after its policy is in place, so that its listeners are seen. */
  async function under(policy: Parameters<World['redirect']>[0]): Promise<void> {
    await world.redirect(policy);
    sidecar = await world.pod.start(SIDECAR);
    outbound = await sidecar.listen('0.0.0.0', OUTBOUND);
    inbound = await sidecar.listen('0.0.0.0', INBOUND);
  }

  it('redirects only the included ranges, where any are named', async () => {
    await under({ outboundIpRangeInclusions: [rangeOf('10.99.0.0/16')] });
    await application.connect('10.99.1.2', 8080);
    assert.equal(await sidecar.original(await sidecar.accept(outbound)), '10.99.1.2:8080');
    await application.connect('10.88.0.2', 8080);
    await server.accept(serving);
  });

  it('lets exclusions win over inclusions', async () => {
    await under({
      outboundIpRangeInclusions: [rangeOf('10.88.0.0/16')],
      outboundIpRangeExclusions: [rangeOf('10.88.0.2/32')],
    });
    await application.connect('10.88.0.2', 8080);
    await server.accept(serving);
    await application.connect('10.88.0.3', 8080);
    assert.equal(await sidecar.original(await sidecar.accept(outbound)), '10.88.0.3:8080');
  });

  it('steers only the included inbound ports, where any are named', async () => {
    await under({ inboundPortInclusions: [{ first: 8080, last: 8081 }] });
    for (const number of [8080, 8081]) {
      await server.connect(world.pod.address, number);
      assert.equal(await sidecar.original(await sidecar.accept(inbound)), `10.88.0.1:${number}`);
    }
    for (const number of [8079, 8082])
      assert.equal(await server.attempt(world.pod.address, number), 'ECONNREFUSED');
  });

  it('passes what comes in by an excluded interface', async () => {
    const listener = await application.listen('0.0.0.0', 8080);
    await under({ interfaceExclusions: ['eth0'] });
    await server.connect(world.pod.address, 8080);
    await application.accept(listener);
  });

  it('passes sockets that are bound to an excluded interface, and no others', async () => {
    await under({ interfaceExclusions: ['eth0'] });
    const root = await world.pod.start(0);
    const bound = await root.open(4);
    await root.do('device', bound, 'eth0');
    await root.do('connect', bound, '10.88.0.2', 8080);
    await server.accept(serving);
    await root.connect('10.88.0.2', 8080);
    assert.equal(await sidecar.original(await sidecar.accept(outbound)), '10.88.0.2:8080');
    await root.end();
  });

  it('in PodIP mode takes the sidecar’s calls to 127.0.0.1 to the pod’s address', async () => {
    await under({ podIpMode: true });
    const listener = await application.listen(world.pod.address, 8080);
    const socket = await sidecar.connect('127.0.0.1', 8080);
    const accepted = await application.accept(listener);
    assert.equal(await application.local(accepted), '10.88.0.1:8080');
    assert.equal(await sidecar.peer(socket), '127.0.0.1:8080');
    assert.equal(await application.attempt('127.0.0.1', 8080), 'ECONNREFUSED');
  });

  it('knows the sidecar by its user or its group, where a group is named', async () => {
    const group = 1337;
    await under({ sidecarGid: group });
    const member = await world.pod.startInGroup(APPLICATION, group);
    const stranger = await world.pod.startInGroup(SIDECAR, APPLICATION);
    for (const passing of [member, stranger, sidecar]) {
      await passing.connect('10.88.0.2', 8080);
      await server.accept(serving);
    }
    await application.connect('10.88.0.2', 8080);
    assert.equal(await sidecar.original(await sidecar.accept(outbound)), '10.88.0.2:8080');
    await member.connect(world.pod.address, 8080);
    assert.equal(await sidecar.original(await sidecar.accept(inbound)), '10.88.0.1:8080');
    assert.equal(await application.attempt(world.pod.address, 8080), 'ECONNREFUSED');
    for (const peer of [member, stranger]) await peer.end();
  });

  it('has no group of the sidecar where none is named, not even that of root', async () => {
    await under({});
    const member = await world.pod.startInGroup(APPLICATION, 0);
    await member.connect('10.88.0.2', 8080);
    assert.equal(await sidecar.original(await sidecar.accept(outbound)), '10.88.0.2:8080');
    await member.end();
  });

  it('changes under a running workload without new programs', async () => {
    await under({});
    await application.connect('10.88.0.2', 8080);
    await sidecar.accept(outbound);
    const all = `80000000${'0'.repeat(20)}ffff0a580002`; // 10.88.0.2/32
    const map = world.map('excluded_ranges');
    await world.agent.client.request('maps/update', { map, set: [{ key: all, value: '01' }], delete: [] });
    await application.connect('10.88.0.2', 8080);
    await server.accept(serving);
  });
});
