import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canMeasure } from '../../../tools/bpf/measure.mjs';
import { until } from '../agent/harness';
import type { Peer } from './peer';
import { APPLICATION, INBOUND, OUTBOUND, SIDECAR, World } from './world';

interface Manifest {
  objects: { file: string; maps: { name: string; memory: number }[] }[];
}
const MANIFEST = join(import.meta.dirname, '..', '..', '..', 'bpf', 'prebuilt', 'manifest.json');

describe('eBPF mode, what it leaves', () => {
  let world: World;
  let application: Peer;
  let client: Peer;
  let sidecar: Peer;
  let outbound: number;
  let inbound: number;

  beforeEach(async () => {
    world = await World.make('residue');
    application = await world.pod.start(APPLICATION);
    client = await world.outside.start(APPLICATION);
    await world.redirect();
    sidecar = await world.pod.start(SIDECAR);
    outbound = await sidecar.listen('0.0.0.0', OUTBOUND);
    inbound = await sidecar.listen('0.0.0.0', INBOUND);
  });
  afterEach(() => world.remove());

  const trackedFlows = async (): Promise<number> =>
    (await world.pod.run('conntrack', '-L')).split('\n').filter((line) => line.startsWith('tcp')).length;

  /** One connection out and one in, both redirected. */
  async function traffic(): Promise<void> {
    await application.connect('10.88.0.2', 8080);
    await sidecar.accept(outbound);
    await client.connect('10.88.0.1', 8080);
    await sidecar.accept(inbound);
  }

  it('makes no conntrack entry', async () => {
    await traffic();
    assert.equal(await trackedFlows(), 0);
    // The same look does see flows as soon as something makes the kernel track them.
    await world.pod.run('iptables', '-t', 'nat', '-A', 'OUTPUT', '-p', 'udp', '-j', 'REDIRECT');
    await traffic();
    assert.equal(await trackedFlows(), 2);
  });

  it('keeps an origin with each socket of a redirected connection, as long as both live', async () => {
    await traffic();
    const roles = (await world.entries('origins')).map(({ value }) =>
      Number.parseInt(value.slice(36, 38), 16),
    );
    assert.deepEqual(roles.sort(), [1, 2, 4], 'application, sidecar, steered');
    assert.deepEqual(await world.entries('handover'), []);
    for (const peer of [application, sidecar, client]) await peer.end();
    await until(async () => ((await world.entries('origins')).length === 0 ? true : undefined));
    assert.deepEqual(await world.entries('listeners'), []);
  });

  it('drops an origin that nobody took, when the application’s socket closes', async () => {
    await sidecar.end();
    const stranger = await world.pod.startWithoutCgroup(SIDECAR); // sockops does not see its sockets
    const listener = await stranger.listen('0.0.0.0', OUTBOUND);
    const socket = await application.connect('10.88.0.2', 8080);
    const accepted = await stranger.accept(listener);
    assert.equal((await world.entries('handover')).length, 1);
    await stranger.do('close', accepted); // so that the application's side need not wait for a FIN's answer
    await application.do('close', socket);
    assert.deepEqual(await world.entries('handover'), []);
    assert.deepEqual(await world.entries('origins'), []);
  });

  it('takes less than 1 MB of maps for a workload', async () => {
    const { maps } = await world.agent.client.request('snapshot', { workload: world.workload });
    const manifest = JSON.parse(await readFile(MANIFEST, 'utf8')) as Manifest;
    const recorded = manifest.objects
      .filter(({ file }) => file === 'redirect.bpf.o')
      .flatMap((object) => object.maps);
    const names = (list: { name: string }[]): string[] => list.map(({ name }) => name).sort();
    assert.deepEqual(names(maps), names(recorded));
    // Older kernels say what all entries together would take; there the manifest is the measure.
    const bytes = (canMeasure() ? maps : recorded).reduce((sum, { memory }) => sum + memory, 0);
    assert.ok(bytes > 0 && bytes < 1 << 20, `${bytes} bytes`);
  });
});

describe('eBPF mode, attached above the workload', () => {
  let world: World;

  beforeEach(async () => {
    world = await World.make('above');
  });
  afterEach(() => world.remove());

  it('redirects by the netns cookie where the workload has no cgroup of its own', async () => {
    const application = await world.pod.startWithoutCgroup(APPLICATION);
    const neighbour = await world.outside.startWithoutCgroup(APPLICATION);
    await world.redirect();
    const { attachments } = await world.agent.client.request('snapshot', { workload: world.workload });
    const connect = attachments.find(({ hook, pin }) => hook === 'connect4' && pin !== null);
    assert.deepEqual(connect?.target, { kind: 'cgroup', path: '/' });

    const sidecar = await world.pod.startWithoutCgroup(SIDECAR);
    const outbound = await sidecar.listen('0.0.0.0', OUTBOUND);
    await application.connect('10.88.0.2', 8080);
    assert.equal(await sidecar.original(await sidecar.accept(outbound)), '10.88.0.2:8080');
    const listener = await neighbour.listen(world.outside.address, 8080);
    await neighbour.connect(world.outside.address, 8080);
    await neighbour.accept(listener);
  });
});
