import assert from 'node:assert/strict';
import { APPLICATION_UID, type Pod } from '../../../playground/pod';
import { Playground } from '../../../playground/playground';
import { LISTENER_SLOTS, mapsFromPolicy } from '../../../src/core/ebpf';
import { REDIRECT_HOOKS, type ProbeResult } from '../../../src/core/model';
import { DEFAULT_POLICY } from '../../../src/core/policy';
import { TestAgent } from '../agent/harness';
import { fromOutside, nameOf, probe, probeAll } from '../agent/probing';
import { loadRedirect } from '../agent/redirect-object';

const { sidecarUid: SIDECAR, outboundPort: OUTBOUND, inboundPort: INBOUND } = DEFAULT_POLICY;
/** Where the playground's server is. */
const SERVED = 8080;

/** Attaches eBPF mode to a pod whose sidecar runs already. */
async function attach(agent: TestAgent, pod: Pod): Promise<void> {
  const { client } = agent;
  const workload = pod.workloadId;
  const { addresses } = await client.request('snapshot', { workload });
  const contents = mapsFromPolicy(DEFAULT_POLICY, {
    cookie: workload.slice(1),
    addresses,
    interfaces: addresses.map(({ interface: name, index }) => ({ name, index })),
    podAddress: pod.address,
  });
  const { load, map } = await loadRedirect(agent, workload, contents);
  await client.request('bpf/attach', { workload, load, programs: [...REDIRECT_HOOKS] });
  const slots = { first: 0, count: LISTENER_SLOTS };
  await client.request('listeners/adopt', { workload, map: map('listeners'), port: INBOUND, slots });
}

for (const how of ['nft', 'legacy', 'ebpf'] as const)
  describe(`connections/probe, under traffic of real sidecars, redirected by ${how}`, function () {
    this.timeout(60_000);
    let playground: Playground;
    let agent: TestAgent;

    before(async () => {
      agent = new TestAgent();
      const mode = how === 'ebpf' ? {} : ({ mode: 'iptables', backend: how } as const);
      playground = await Playground.start({ prefix: `t-probe-${how}`, ...mode });
      if (how === 'ebpf') for (const pod of playground.pods) await attach(agent, pod);
      await playground.waitForRequests(20);
    });
    after(async () => {
      await agent.stop();
      await playground.stop();
    });

    const assertSidecar = (result: ProbeResult | undefined, pod: Pod, port: number, original: string) => {
      assert.equal(result?.outcome, 'established', JSON.stringify(result));
      const { accepted } = result;
      assert.deepEqual(
        [accepted?.uid, accepted?.pid, accepted?.local.port, nameOf(accepted?.originalDestination)],
        [SIDECAR, pod.sidecar.pid, port, original],
      );
    };

    it('finds who takes what, and disturbs nobody', async () => {
      const { client, server } = playground;
      const application = nameOf({ address: server.address, port: SERVED });
      const [redirected, own, excepted, admin, toItself] = await probeAll(agent, client.namespace, [
        probe(APPLICATION_UID, server.address, SERVED),
        probe(SIDECAR, client.address, SERVED),
        probe(SIDECAR, server.address, SERVED),
        probe(APPLICATION_UID, '127.0.0.1', DEFAULT_POLICY.adminPort),
        probe(APPLICATION_UID, client.address, 9),
      ]);
      assertSidecar(redirected, client, OUTBOUND, application);
      assert.equal(own?.accepted?.local.port, INBOUND);
      assert.deepEqual([excepted?.outcome, excepted?.accepted], ['established', null]);
      assert.equal(admin?.accepted?.pid, client.sidecar.pid);
      assert.equal(toItself?.outcome, 'refused');

      const [inbound, bypassed] = await probeAll(agent, server.namespace, [
        fromOutside(server.address, SERVED),
        fromOutside(server.address, 15901),
      ]);
      assertSidecar(inbound, server, how === 'ebpf' ? SERVED : INBOUND, application);
      assert.equal(bypassed?.outcome, 'refused');

      await playground.waitForRequests(30);
      const { failed, lastError } = playground.traffic();
      assert.equal(failed, 0, String(lastError));
    });

    it('finds it again and again', async () => {
      const { server } = playground;
      const application = nameOf({ address: server.address, port: SERVED });
      for (let round = 0; round < 10; round += 1) {
        const probes = [fromOutside(server.address, SERVED), fromOutside(server.address, SERVED)];
        for (const result of await probeAll(agent, server.namespace, probes))
          assertSidecar(result, server, how === 'ebpf' ? SERVED : INBOUND, application);
      }
    });
  });
