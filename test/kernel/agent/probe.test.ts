import assert from 'node:assert/strict';
import type { Probe, ProbeResult } from '../../../src/core/model';
import { port } from '../../../src/core/net';
import type { Peer } from '../ebpf/peer';
import { rangeOf } from '../ebpf/ranges';
import { APPLICATION, INBOUND, OUTBOUND, SIDECAR, World } from '../ebpf/world';
import { fromOutside, nameOf, probe, probeAll, probeOne, redirect, type Redirection } from './probing';

const EXCLUDED = 3306;
const ELSEWHERE = { 4: '10.88.9.9', 6: 'fd88:9::9' };
const POLICY = {
  outboundPortExclusions: [port(EXCLUDED)],
  outboundIpRangeExclusions: [rangeOf('10.88.9.0/24'), rangeOf('fd88:9::/64')],
  inboundPortExclusions: [port(9000)],
};

for (const how of ['none', 'nft', 'legacy', 'ebpf'] as const)
  describe(`connections/probe, redirected by ${how}`, () => {
    suite(how);
  });

function suite(how: Redirection): void {
  let world: World;
  let application: Peer;
  let sidecar: Peer;
  let outside: Peer;
  const listeners = new Map<string, number>();
  const listen = async (peer: Peer, name: string, number: number): Promise<void> => {
    listeners.set(`${name} 4`, await peer.listen('0.0.0.0', number));
    listeners.set(`${name} 6`, await peer.listen('::', number));
  };

  before(async () => {
    world = await World.make(`probe-${how}`);
    application = await world.pod.start(APPLICATION);
    outside = await world.outside.start(APPLICATION);
    for (const address of Object.values(ELSEWHERE))
      await world.outside.ip(`address add ${address} dev eth0${address.includes(':') ? ' nodad' : ''}`);
    await redirect(world, how, POLICY);
    sidecar = await world.pod.start(SIDECAR);
    await listen(sidecar, 'outbound', OUTBOUND);
    await listen(sidecar, 'inbound', INBOUND);
    await listen(sidecar, 'metrics', 15010);
    await listen(application, 'served', 8080);
    await listen(application, 'excluded', 9000);
    for (const number of [80, EXCLUDED]) await listen(outside, 'world', number);
  });
  after(() => world.remove());

  /** Makes a probe while somebody accepts it. Each accepts only what was connected before. */
  const accepted = async (one: Probe, peer: Peer, name: string, family: 4 | 6): Promise<ProbeResult> => {
    const listener = listeners.get(`${name} ${family}`) ?? assert.fail(`no ${name}`);
    const [result, fd] = await Promise.all([
      probeOne(world.agent, world.pod.name, one),
      peer.accept(listener),
    ]);
    await peer.do('close', fd);
    assertReached(one, result);
    return result;
  };

  const unaccepted = async (one: Probe): Promise<ProbeResult> => {
    const result = await probeOne(world.agent, world.pod.name, one);
    assertReached(one, result);
    return result;
  };

  for (const family of [4, 6] as const) {
    const pod = (): string => (family === 4 ? world.pod.address : world.pod.address6);
    const world_ = (): string => (family === 4 ? world.outside.address : world.outside.address6);

    describe(`over IPv${family}`, () => {
      it('tells of the application that its connection to the world is taken, or is not', async () => {
        const one = probe(APPLICATION, world_(), 80);
        if (how === 'none') {
          assert.equal((await unaccepted(one)).accepted, null);
          return;
        }
        const result = await accepted(one, sidecar, 'outbound', family);
        assertTaken(result, SIDECAR, OUTBOUND, nameOf({ address: world_(), port: 80 }));
      });

      it('tells that the sidecar’s own connection is not', async () => {
        assert.equal((await unaccepted(probe(SIDECAR, world_(), 80))).accepted, null);
      });

      it('tells that an excluded port is not', async () => {
        assert.equal((await unaccepted(probe(APPLICATION, world_(), EXCLUDED))).accepted, null);
      });

      it('tells that an excluded range is not', async () => {
        assert.equal((await unaccepted(probe(APPLICATION, ELSEWHERE[family], 80))).accepted, null);
      });

      it('tells that the application reaches itself', async () => {
        for (const to of [family === 4 ? '127.0.0.1' : '::1', pod()])
          assertPassed(
            await accepted(probe(APPLICATION, to, 8080), application, 'served', family),
            APPLICATION,
            8080,
          );
      });

      it('tells that the sidecar reaches its own pod as others would', async () => {
        const one = probe(SIDECAR, pod(), 8080);
        if (how === 'none') {
          assertPassed(await accepted(one, application, 'served', family), APPLICATION, 8080);
          return;
        }
        const result = await accepted(one, sidecar, 'inbound', family);
        assertTaken(result, SIDECAR, INBOUND, nameOf({ address: pod(), port: 8080 }));
      });

      it('tells of a neighbour that its connection is taken, or is not', async () => {
        const one = fromOutside(pod(), 8080);
        if (how === 'none') {
          assertPassed(await accepted(one, application, 'served', family), APPLICATION, 8080);
          return;
        }
        const result = await accepted(one, sidecar, 'inbound', family);
        // sk_lookup steers it as it is; REDIRECT writes it anew.
        const local = how === 'ebpf' ? 8080 : INBOUND;
        assertTaken(result, SIDECAR, local, nameOf({ address: pod(), port: 8080 }));
      });

      it('tells that excluded and bypass ports are reached from outside', async () => {
        assertPassed(
          await accepted(fromOutside(pod(), 9000), application, 'excluded', family),
          APPLICATION,
          9000,
        );
        assertPassed(await accepted(fromOutside(pod(), 15010), sidecar, 'metrics', family), SIDECAR, 15010);
      });

      it('tells what is refused', async () => {
        const result = await probeOne(world.agent, world.pod.name, fromOutside(pod(), 22));
        assert.deepEqual(
          [result.outcome, result.peer, result.accepted, result.errno],
          ['refused', null, null, 111],
        );
      });
    });
  }

  describe('at once', () => {
    it('makes those of several users, both families and both sides', async () => {
      const { pod, outside: other } = world;
      const served = [pod.address, pod.address6].flatMap((address) => [
        ...[APPLICATION, SIDECAR, 0].map((uid) => probe(uid, address, 9000)),
        fromOutside(address, 9000),
      ]);
      const refused = [
        ...[pod.address, pod.address6].map((address) => fromOutside(address, 22)),
        ...[other.address, other.address6].map((address) => probe(SIDECAR, address, 81)),
      ];
      // Nobody accepts.
      const probes = [...served, ...refused].map((one, index) => ({ ...one, id: `${index}`, patience: 500 }));
      const results = await probeAll(world.agent, pod.name, probes);
      assert.deepEqual(
        results.map(({ outcome, accepted }) => [outcome, accepted === null, accepted?.pid ?? null]),
        [...served.map(() => ['established', false, null]), ...refused.map(() => ['refused', true, null])],
      );
    });
  });
}

function assertReached(one: Probe, result: ProbeResult): void {
  assert.equal(result.outcome, 'established', JSON.stringify(result));
  assert.equal(result.errno, null);
  assert.equal(result.destination, one.destinations[0]);
  assert.equal(nameOf(result.peer), nameOf({ address: one.destinations[0] ?? '', port: one.port }));
  assert.notEqual(result.source, null);
}

function assertTaken(result: ProbeResult, uid: number, local: number, original: string): void {
  const { accepted } = result;
  assert.deepEqual([accepted?.uid, accepted?.comm, accepted?.local.port], [uid, 'peer', local]);
  assert.ok((accepted?.pid ?? 0) > 0);
  assert.equal(nameOf(accepted?.originalDestination), original);
}

/** Nothing has rewritten it: where connection tracking is at work, it answers with what it was anyway. */
function assertPassed(result: ProbeResult, uid: number, local: number): void {
  const { accepted } = result;
  assert.deepEqual([accepted?.uid, accepted?.comm, accepted?.local.port], [uid, 'peer', local]);
  const original = nameOf(accepted?.originalDestination);
  assert.ok(original === 'nowhere' || original === nameOf(result.peer), original);
}
