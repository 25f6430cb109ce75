import assert from 'node:assert/strict';
import { mapsFromPolicy } from '../../../src/core/ebpf';
import type { Snapshot } from '../../../src/core/model';
import { DEFAULT_POLICY, parsePolicy, type Policy } from '../../../src/core/policy';
import { planSwitch, type PlanInput, type Step } from '../../../src/core/redirect';
import { NODE_INFO } from './node-info';
import { allHooks, listener, nft, rulesText, snapshotOf } from './observed';

const node = NODE_INFO;

describe('the plan', () => {
  const plan = (parts: Partial<Snapshot>, more: Partial<PlanInput> = {}) =>
    planSwitch({
      snapshot: snapshotOf(parts),
      node,
      policy: DEFAULT_POLICY,
      mode: 'ebpf',
      object: { base64: 'AA==', sha256: '0'.repeat(64) },
      ...more,
    });
  const words = (steps: readonly Step[]): string[] =>
    steps.map((step) => {
      if (step.kind === 'verify') return `verify ${step.expect.join(' or ')}`;
      if (step.call.verb === 'bpf/attach') return `attach ${step.call.params.programs.join(' ')}`;
      if (step.call.verb === 'bpf/detach') return `detach ${step.call.params.hooks.join(' ')}`;
      return step.call.verb;
    });

  it('makes before it breaks, and answers before it redirects', () => {
    const { from, steps, closing } = plan({ rulesets: [nft(rulesText('ipv4'))] });
    assert.equal(from, 'iptables');
    assert.deepEqual(words(steps), [
      'bpf/load',
      'attach sockops getsockopt getpeername4 getpeername6',
      'listeners/adopt',
      'attach sk_lookup connect4 connect6',
      'verify both',
      'iptables/restore',
      'verify ebpf',
    ]);
    assert.deepEqual(words(closing?.steps ?? []), ['iptables/restore']);
    assert.deepEqual(closing?.ports.sort(), [15001, 15003]);
  });

  const program: Omit<Snapshot['programs'][number], 'id' | 'name'> = {
    ...{ type: 'sk_lookup', tag: '', translatedSize: 0, jitedSize: 0, maps: [77], runCount: 0, runTime: 0 },
  };
  const listenersMap: Snapshot['maps'][number] = {
    ...{ id: 77, name: 'listeners', type: 'sockmap', keySize: 4, valueSize: 8, maxEntries: 16, memory: 0 },
  };

  it('takes in the listeners of another inbound port before the settings name it, and again after', () => {
    const facts = { cookie: '5', addresses: snapshotOf({}).addresses, interfaces: [], podAddress: null };
    const running = (policy: Policy) => ({
      policyMaps: mapsFromPolicy(policy, facts).map((map, index) => ({ ...map, id: 10 + index })),
    });
    const present: Partial<Snapshot> = {
      attachments: allHooks,
      programs: allHooks.map(({ hook, program: id }) => ({ ...program, id, name: hook })),
      maps: [listenersMap],
      listeners: [15001, 15003, 15103].map((port) => listener('ipv4', port)),
    };
    const moved = { ...DEFAULT_POLICY, inboundPort: 15103 };
    const { steps } = plan(present, { policy: moved, ...running(DEFAULT_POLICY) });
    const calls = steps.flatMap((step) => (step.kind === 'call' ? [step.call] : []));
    const adopted = calls.flatMap((call) => (call.verb === 'listeners/adopt' ? [call.params] : []));
    assert.deepEqual([calls[0]?.verb, calls.at(-1)?.verb], ['listeners/adopt', 'listeners/adopt']);
    assert.deepEqual(
      adopted.map(({ map, port }) => [map, port]),
      [
        [77, 15103],
        [77, 15103],
      ],
    );
    const narrower = { ...DEFAULT_POLICY, sidecarGid: 1337 };
    const other = plan(present, { policy: narrower, ...running(DEFAULT_POLICY) });
    assert.ok(!words(other.steps).includes('listeners/adopt'));
  });

  it('leaves eBPF mode when the rules are in', () => {
    const { steps, closing } = plan({ attachments: allHooks }, { mode: 'iptables' });
    assert.deepEqual(words(steps), [
      'iptables/restore',
      'verify both',
      'detach connect4 connect6 sk_lookup',
      'verify iptables',
    ]);
    assert.deepEqual(words(closing?.steps ?? []), ['detach sockops getpeername4 getpeername6 getsockopt']);
  });

  it('does nothing where it is so already', () => {
    for (const { steps, closing } of [
      plan({ rulesets: [nft(rulesText('ipv4'))] }, { mode: 'iptables' }),
      plan({}, { mode: 'none' }),
    ]) {
      assert.deepEqual([steps, closing], [[], null]);
    }
  });

  it('writes IPv6 rules only where the sidecar listens for IPv6, and the node has ip6tables', () => {
    const addresses = [
      ...snapshotOf({}).addresses,
      { interface: 'eth0', index: 2, family: 'ipv6' as const, address: 'fd00::5', prefix: 64 },
    ];
    const dual = [...snapshotOf({}).listeners, listener('ipv6', 15001), listener('ipv6', 15003)];
    const families = ({ steps }: ReturnType<typeof plan>): string[] =>
      steps.flatMap((step) =>
        step.kind === 'call' && step.call.verb === 'iptables/restore' ? [step.call.params.family] : [],
      );
    const without = plan({ addresses }, { mode: 'iptables' });
    assert.deepEqual(families(without), ['ipv4']);
    assert.match(without.notices.join(), /sidecar does not listen/);
    assert.deepEqual(families(plan({ addresses, listeners: dual }, { mode: 'iptables' })), ['ipv4', 'ipv6']);
    const ipv4Only = { ...node, iptables: node.iptables.filter(({ family }) => family === 'ipv4') };
    const lacking = plan({ addresses, listeners: dual }, { mode: 'iptables', node: ipv4Only });
    assert.deepEqual(families(lacking), ['ipv4']);
    assert.match(lacking.notices.join(), /no ip6tables/);
  });

  it('takes rules out of the back-end that plain iptables does not mean', () => {
    const legacy = { ...nft(rulesText('ipv4')), backend: 'legacy' as const };
    const { steps } = plan({ rulesets: [legacy] }, { mode: 'iptables' });
    const calls = steps.flatMap((step) =>
      step.kind === 'call' && step.call.verb === 'iptables/restore' ? [step.call.params] : [],
    );
    assert.deepEqual(
      calls.map(({ backend }) => backend),
      ['nft', 'legacy'],
    );
  });

  it('names what eBPF mode cannot say exactly', () => {
    const policy = parsePolicy({ interfaceExclusions: ['eth1'] }).policy ?? assert.fail();
    assert.match(plan({}, { policy }).notices.join(), /sockets bound to it/);
    assert.deepEqual(plan({}, { policy, mode: 'iptables' }).notices, []);
  });

  it('refuses what the policy cannot mean here', () => {
    const policy = parsePolicy({ podIpMode: true }).policy ?? assert.fail();
    for (const mode of ['ebpf', 'iptables'] as const) {
      const { refusals, steps } = plan({ addresses: [] }, { policy, mode });
      assert.deepEqual(
        refusals.map(({ code }) => code),
        ['policy'],
      );
      assert.deepEqual(steps, []);
    }
  });

  it('refuses what lies in the way, all of it at once', () => {
    const codes = (parts: Partial<Snapshot>, more: Partial<PlanInput> = {}): string[] =>
      plan(parts, more).refusals.map(({ code }) => code);
    const { workload } = snapshotOf({});
    assert.deepEqual(
      codes({ workload: { ...workload, host: true, cookie: null }, listeners: [] }, { object: null }),
      ['host', 'object', 'node', 'sidecar-not-listening', 'sidecar-not-listening'],
    );
    assert.deepEqual(codes({ workload: { ...workload, host: true } }, { force: true }), []);
    assert.deepEqual(codes({ listeners: [listener('ipv6', 15001), listener('ipv6', 15003)] }), [
      'sidecar-not-listening',
      'sidecar-not-listening',
    ]);
    const missing = [{ code: 'iptables' as const, detail: '' }];
    assert.deepEqual(codes({}, { node: { ...node, missing } }), []);
    assert.deepEqual(codes({}, { node: { ...node, missing }, mode: 'iptables' }), ['node']);
  });
});
