import assert from 'node:assert/strict';
import { NOTHING, HOLD, transitionText } from '../../../src/core/iptables';
import type { Snapshot } from '../../../src/core/model';
import { DEFAULT_POLICY, parsePolicy } from '../../../src/core/policy';
import type { PlanInput } from '../../../src/core/redirect';
import { NODE_INFO as node } from './node-info';
import { ACCELERATION, allHooks, listener, nft, rulesText, snapshotOf } from './observed';
import { attachedTo, plan, policyMaps, textOf, word, words } from './plans';

describe('the plan', () => {
  it('makes before it breaks, and answers before it redirects', () => {
    const { from, steps, closing, undoClosing } = plan({ rulesets: [nft(rulesText('ipv4'))] });
    assert.equal(from, 'iptables');
    assert.deepEqual(words(steps), [
      'workload/verify',
      'bpf/load',
      'attach sockops getsockopt getpeername4 getpeername6',
      'listeners/adopt',
      'attach sk_lookup connect4 connect6',
      'workload/verify',
      'iptables/restore',
      'workload/verify',
    ]);
    assert.deepEqual(words(closing?.steps), ['iptables/restore']);
    assert.deepEqual([closing?.ports.sort(), closing?.origins], [[15001, 15003], false]);
    // Taken back, the hooks go on to answer for the connections that they redirected meanwhile.
    assert.deepEqual(steps[4]?.undo.map(word), ['detach connect4 connect6 sk_lookup']);
    assert.deepEqual(steps[2]?.undo, []);
    assert.deepEqual(words(undoClosing?.steps), ['detach sockops getpeername4 getpeername6 getsockopt']);
    assert.equal(undoClosing?.origins, true);
  });

  it('turns acceleration off with the last connection of eBPF mode, and not where that stays', () => {
    const accelerated = { ...attachedTo(allHooks), acceleration: ACCELERATION };
    const maps = policyMaps(DEFAULT_POLICY);
    const { steps, closing } = plan(accelerated, { to: 'iptables', policyMaps: maps });
    assert.ok(!words(steps).includes('acceleration/stop'));
    assert.deepEqual(words(closing?.steps), [
      'acceleration/stop',
      'detach sockops getpeername4 getpeername6 getsockopt',
    ]);
    assert.equal(plan(accelerated, { to: 'ebpf', policyMaps: maps }).closing, null);
  });

  it('leaves eBPF mode when the rules are in', () => {
    const maps = policyMaps(DEFAULT_POLICY);
    const { steps, closing, undoClosing } = plan(attachedTo(allHooks), { to: 'iptables', policyMaps: maps });
    assert.deepEqual(words(steps), [
      'workload/verify',
      'conntrack/forget',
      'iptables/restore',
      'conntrack/forget',
      'iptables/restore',
      'workload/verify',
      'detach connect4 connect6 sk_lookup',
      'workload/verify',
    ]);
    assert.deepEqual(words(closing?.steps), ['detach sockops getpeername4 getpeername6 getsockopt']);
    assert.deepEqual([closing?.ports, closing?.origins], [[], true]);
    assert.deepEqual(steps[6]?.undo.map(word), [
      'bpf/load',
      'attach sockops getsockopt getpeername4 getpeername6',
      'listeners/adopt',
      'attach sk_lookup connect4 connect6',
    ]);
    // Rules that were in for a moment may have translated connections: the undo keeps them so.
    assert.match(textOf(steps[2]?.call), /-A FSM_PROXY_HOLD -m conntrack/);
    assert.match(textOf(steps[4]?.undo[0]), /-A FSM_PROXY_HOLD -m conntrack/);
    assert.match(textOf(steps[4]?.call), /-X FSM_PROXY_HOLD/);
    assert.deepEqual(words(undoClosing?.steps), ['iptables/restore']);
    assert.match(textOf(undoClosing?.steps[0]?.call), /-X FSM_PROXY_HOLD/);
  });

  it('asks of the tables what the steps should have made of them', () => {
    const { steps } = plan({ rulesets: [nft(rulesText('ipv4'))] }, { to: 'none' });
    const [first, last] = [steps[0]?.call, steps.at(-1)?.call];
    assert.ok(first?.verb === 'workload/verify' && last?.verb === 'workload/verify');
    const [before] = first.params.rules;
    assert.deepEqual(
      before?.has,
      rulesText('ipv4')
        .split('\n')
        .filter((line) => line.startsWith('-A')),
    );
    const [after] = last.params.rules;
    assert.deepEqual(after?.has, [
      '-A FSM_PROXY_HOLD -m conntrack --ctstate DNAT -m comment --comment "mesh-redirect: older connections end in peace" -j RETURN',
    ]);
    assert.ok(after.lacks.includes(':FSM_PROXY_INBOUND '));
    assert.ok(after.lacks.some((line) => line.startsWith('-A OUTPUT -p tcp')));
  });

  it('lets new programs know the connections of those before', () => {
    const answering = allHooks.filter(({ hook }) => ['sockops', 'getsockopt'].includes(hook));
    const { steps } = plan({ ...attachedTo(answering), rulesets: [nft(rulesText('ipv4'))] });
    const load = steps.map(({ call }) => call).find(({ verb }) => verb === 'bpf/load');
    assert.ok(load?.verb === 'bpf/load');
    assert.deepEqual(load.params.reuse, [
      { map: 'origins', id: 78 },
      { map: 'listeners', id: 77 },
    ]);
  });

  it('takes in the listeners of another inbound port before the settings name it, and again after', () => {
    const present: Partial<Snapshot> = {
      ...attachedTo(allHooks),
      listeners: [15001, 15003, 15103].map((port) => listener('ipv4', port)),
    };
    const maps = policyMaps(DEFAULT_POLICY);
    const moved = { ...DEFAULT_POLICY, inboundPort: 15103 };
    const { steps } = plan(present, { policy: moved, policyMaps: maps });
    const adopted = steps.flatMap(({ call }) => (call.verb === 'listeners/adopt' ? [call.params] : []));
    assert.deepEqual(words(steps), [
      'workload/verify',
      'listeners/adopt',
      'maps/update',
      'listeners/adopt',
      'workload/verify',
    ]);
    assert.deepEqual(
      adopted.map(({ map, port }) => [map, port]),
      [
        [77, 15103],
        [77, 15103],
      ],
    );
    const narrower = { ...DEFAULT_POLICY, sidecarGid: 1337 };
    const other = plan(present, { policy: narrower, policyMaps: maps });
    assert.ok(!words(other.steps).includes('listeners/adopt'));
  });

  it('does nothing where it is so already', () => {
    for (const { steps, closing, undoClosing } of [
      plan({ rulesets: [nft(rulesText('ipv4'))] }, { to: 'iptables' }),
      plan({}, { to: 'none' }),
    ]) {
      assert.deepEqual([steps, closing, undoClosing], [[], null, null]);
    }
  });

  it('takes away what was held for older connections, and nothing else, where the mode is there already', () => {
    const held = plan(
      { ...attachedTo(allHooks), rulesets: [nft(transitionText(NOTHING, HOLD) ?? '')] },
      { policyMaps: policyMaps(DEFAULT_POLICY) },
    );
    assert.deepEqual([held.steps, words(held.closing?.steps)], [[], ['iptables/restore']]);
  });

  it('writes IPv6 rules only where the sidecar listens for IPv6, and the node has ip6tables', () => {
    const addresses = [
      ...snapshotOf({}).addresses,
      { interface: 'eth0', index: 2, family: 'ipv6' as const, address: 'fd00::5', prefix: 64 },
    ];
    const dual = [...snapshotOf({}).listeners, listener('ipv6', 15001), listener('ipv6', 15003)];
    const families = ({ steps }: ReturnType<typeof plan>): string[] => [
      ...new Set(steps.flatMap(({ call }) => (call.verb === 'iptables/restore' ? [call.params.family] : []))),
    ];
    const without = plan({ addresses }, { to: 'iptables' });
    assert.deepEqual(families(without), ['ipv4']);
    assert.match(without.notices.join(), /sidecar does not listen/);
    assert.deepEqual(families(plan({ addresses, listeners: dual }, { to: 'iptables' })), ['ipv4', 'ipv6']);
    const ipv4Only = { ...node, iptables: node.iptables.filter(({ family }) => family === 'ipv4') };
    const lacking = plan({ addresses, listeners: dual }, { to: 'iptables', node: ipv4Only });
    assert.deepEqual(families(lacking), ['ipv4']);
    assert.match(lacking.notices.join(), /no ip6tables/);
  });

  it('takes rules out of the back-end that plain iptables does not mean', () => {
    const legacy = { ...nft(rulesText('ipv4')), backend: 'legacy' as const };
    const { steps } = plan({ rulesets: [legacy] }, { to: 'iptables' });
    const calls = steps.flatMap(({ call }) => (call.verb === 'iptables/restore' ? [call.params] : []));
    assert.deepEqual(
      calls.map(({ backend }) => backend),
      ['nft', 'legacy'],
    );
  });

  it('names what eBPF mode cannot say exactly', () => {
    const policy = parsePolicy({ interfaceExclusions: ['eth1'] }).policy ?? assert.fail();
    assert.match(plan({}, { policy }).notices.join(), /sockets bound to it/);
    assert.deepEqual(plan({}, { policy, to: 'iptables' }).notices, []);
  });

  it('refuses what the policy cannot mean here', () => {
    const policy = parsePolicy({ podIpMode: true }).policy ?? assert.fail();
    for (const to of ['ebpf', 'iptables'] as const) {
      const { refusals, steps } = plan({ addresses: [] }, { policy, to });
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
    assert.deepEqual(codes({}, { node: { ...node, missing }, to: 'iptables' }), ['node']);
  });
});
