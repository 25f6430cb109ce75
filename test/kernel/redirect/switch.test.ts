import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Playground, type PlaygroundOptions } from '../../../playground/playground';
import type { Pod } from '../../../playground/pod';
import type { NodeInfo } from '../../../src/core/model';
import { PROTOCOL } from '../../../src/nodes/agent/protocol';
import { DEFAULT_POLICY, type Policy } from '../../../src/core/policy';
import type { Mode } from '../../../src/core/redirect';
import { observe, switchWorkload, type SwitchRequest, type SwitchResult } from '../../../src/redirect';
import { TestAgent } from '../agent/harness';

const PREFIX = 't-core-switch';
const OBJECTS = join(import.meta.dirname, '..', '..', '..', 'bpf', 'prebuilt');

describe('switching under traffic', function () {
  this.timeout(120_000);
  let playground: Playground;
  let agent: TestAgent;
  let info: NodeInfo;

  const begin = async (options: PlaygroundOptions): Promise<void> => {
    playground = await Playground.start({ prefix: PREFIX, ...options });
    agent = new TestAgent();
    info = await agent.client.request('initialize', { protocol: PROTOCOL, client: 'test' });
  };
  afterEach(async () => {
    await agent.stop();
    await playground.stop();
  });

  const request = (pod: Pod, mode: Mode, more: Partial<SwitchRequest> = {}): SwitchRequest => ({
    connection: { agent: agent.client, info },
    workloadId: pod.workloadId,
    policy: DEFAULT_POLICY,
    mode,
    objectsDirectory: OBJECTS,
    drainLimit: 400,
    ...more,
  });

  const verdict = async (pod: Pod, policy: Policy = DEFAULT_POLICY) =>
    (await observe(agent.client, pod.workloadId, policy)).verdict;

  /** Both pods; requests go on, and none fails. */
  const switchBoth = async (mode: Mode, more: Partial<SwitchRequest> = {}): Promise<SwitchResult[]> => {
    const results: SwitchResult[] = [];
    for (const pod of playground.pods) {
      results.push(await switchWorkload(request(pod, mode, more)));
      await playground.waitForRequests(30);
    }
    const { failed, lastError } = playground.traffic();
    assert.equal(failed, 0, `after the switch to ${mode}: ${String(lastError)}`);
    for (const pod of playground.pods) assert.equal((await verdict(pod)).kind, mode);
    return results;
  };

  /** Whether new connections pass the sidecars. */
  const redirected = async (): Promise<boolean[]> => {
    const count = async (): Promise<number[]> => {
      const [client, server] = await Promise.all(playground.pods.map((pod) => pod.sidecar.counters()));
      return [client?.outbound.connections ?? 0, server?.inbound.connections ?? 0];
    };
    const before = await count();
    await playground.waitForRequests(30);
    const after = await count();
    return after.map((connections, index) => connections > (before[index] ?? 0));
  };

  for (const backend of ['nft', 'legacy'] as const) {
    it(`leads from FSM’s rules (${backend}) through every mode, and no request fails`, async () => {
      await begin({ mode: 'iptables', backend, ipv6: true });
      const order: Mode[] = ['ebpf', 'iptables', 'ebpf', 'none', 'iptables', 'none', 'ebpf', 'none'];
      for (const mode of order) {
        await switchBoth(mode);
        assert.deepEqual(await redirected(), [mode !== 'none', mode !== 'none'], mode);
      }
    });
  }

  it('keeps what older connections need, and takes it away with them', async () => {
    await begin({ mode: 'iptables' });
    const [client] = await switchBoth('ebpf');
    assert.ok((client?.remaining ?? 0) > 0);
    assert.ok((await verdict(playground.client)).draining);
    const cut = await switchWorkload(request(playground.client, 'ebpf', { cut: true }));
    assert.deepEqual([cut.plan.steps, cut.remaining], [[], 0]);
    const after = await verdict(playground.client);
    assert.deepEqual([after.kind, after.draining, after.rules], ['ebpf', false, []]);
  });
});
