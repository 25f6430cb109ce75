import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pod } from '../../../playground/pod';
import { Sidecar } from '../../../playground/sidecar';
import type { Snapshot } from '../../../src/core/model';
import { DEFAULT_POLICY, parsePolicy } from '../../../src/core/policy';
import type { Mode, Plan } from '../../../src/core/redirect';
import { SwitchError, preparePlan, switchWorkload } from '../../../src/redirect';
import { World } from './world';

const PORTS = { inboundPort: 15103, outboundPort: 15101, adminPort: 15100 };

const verbs = ({ steps }: Plan): string[] =>
  steps.map(({ call }) => call.verb).filter((verb) => verb !== 'workload/verify');
const programs = ({ attachments }: Snapshot): string[] =>
  attachments.map(({ hook, program, pin }) => `${hook} ${program} ${pin}`);

describe('other ports of the sidecar, in eBPF mode', function () {
  this.timeout(120_000);
  const moved = parsePolicy(PORTS).policy ?? assert.fail();
  let world: World;
  let directory: string;
  /** Beside the first sidecar of each pod, at the other ports. */
  let seconds: Sidecar[];

  before(async () => {
    world = await World.start('port', { mode: 'none', ipv6: true });
    directory = await mkdtemp(join(tmpdir(), 't-core-port-'));
    seconds = world.playground.pods.map((pod) => secondOf(pod));
    for (const second of seconds) await second.start();
    for (const pod of world.playground.pods) {
      await switchWorkload(world.request(pod, 'ebpf'));
    }
  });
  after(async () => {
    for (const second of seconds) await second.stop();
    await world.stop();
    await rm(directory, { recursive: true });
  });

  function secondOf(pod: Pod): Sidecar {
    const ports = Object.values(PORTS).map(String);
    const options = ['--inbound', '--outbound', '--admin'].flatMap((option, index) => [
      option,
      ports[index] ?? '',
    ]);
    return new Sidecar((argv) => pod.inside([...argv, ...options]), join(directory, `${pod.name}.sock`));
  }

  /** Whether new connections pass these sidecars: out of the client, into the server. */
  async function areUsed(sidecars: readonly Sidecar[]): Promise<boolean[]> {
    const count = async (): Promise<number[]> => {
      const [client, server] = await Promise.all(sidecars.map((sidecar) => sidecar.counters()));
      return [client?.outbound.connections ?? 0, server?.inbound.connections ?? 0];
    };
    const before = await count();
    await world.playground.waitForRequests(30);
    return (await count()).map((connections, index) => connections > (before[index] ?? 0));
  }

  async function assertUsed(which: 'first' | 'second', failedBefore = 0): Promise<void> {
    const isFirst = which === 'first';
    const firsts = world.playground.pods.map(({ sidecar }) => sidecar);
    assert.deepEqual(await areUsed(firsts), [isFirst, isFirst], 'the first sidecars');
    assert.deepEqual(await areUsed(seconds), [!isFirst, !isFirst], 'the second sidecars');
    const { failed, lastError } = world.playground.traffic();
    assert.equal(failed, failedBefore, String(lastError));
  }

  it('are taken without new programs, there and back, and no request fails', async () => {
    await assertUsed('first');
    for (const [which, policy] of [
      ['second', moved],
      ['first', DEFAULT_POLICY],
      ['second', moved],
      ['first', DEFAULT_POLICY],
    ] as const) {
      for (const pod of world.playground.pods) {
        const before = (await world.observe(pod)).snapshot;
        const { plan } = await switchWorkload(world.request(pod, 'ebpf', { policy }));
        assert.deepEqual(verbs(plan), ['listeners/adopt', 'maps/update', 'listeners/adopt']);
        const { snapshot, verdict } = await world.observe(pod, policy);
        assert.deepEqual(programs(snapshot), programs(before));
        assert.deepEqual([verdict.kind, verdict.differences], ['ebpf', []]);
        assert.deepEqual((await preparePlan(world.request(pod, 'ebpf', { policy }))).steps, []);
      }
      await assertUsed(which);
    }
  });

  for (const mode of ['ebpf', 'iptables'] as Mode[])
    it(`are taken back from every step to ${mode}`, async () => {
      const { server } = world.playground;
      // What was taken back may still wait for connections, and then the next plan has other steps.
      const steps = async (): Promise<number> =>
        (await preparePlan(world.request(server, mode, { policy: moved }))).steps.length;
      for (let cancelled = 1; cancelled < (await steps()); cancelled++) {
        const abort = new AbortController();
        const onStep = (_: string, number: number): void => {
          if (number === cancelled) abort.abort();
        };
        const more = { policy: moved, signal: abort.signal, onStep };
        await assert.rejects(switchWorkload(world.request(server, mode, more)), (error) => {
          assert.ok(error instanceof SwitchError, String(error));
          assert.deepEqual([error.kind, error.undone], ['aborted', 'undone'], String(error.cause));
          return true;
        });
        assert.equal((await world.observe(server)).verdict.kind, 'ebpf');
        // Rules that are taken back cut what they translated meanwhile; maps that are changed back cut nothing.
        await world.playground.waitForRequests(30);
        await assertUsed('first', mode === 'iptables' ? world.playground.traffic().failed : 0);
      }
    });

  it('need the listeners of the ports before no more', async () => {
    const [client, server] = world.playground.pods;
    assert.ok(client && server);
    for (const pod of [client, server]) {
      await switchWorkload(world.request(pod, 'ebpf', { policy: moved }));
      await pod.sidecar.stop();
    }
    assert.deepEqual(await areUsed(seconds), [true, true]);
  });
});
