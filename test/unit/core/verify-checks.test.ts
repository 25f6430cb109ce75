import assert from 'node:assert/strict';
import type { Snapshot } from '../../../src/core/model';
import { DEFAULT_POLICY, parsePolicy, type Policy } from '../../../src/core/policy';
import { verdictOf, type Mode } from '../../../src/core/redirect';
import { checksOf, modeToVerify, type PlannedCheck } from '../../../src/core/verify';
import { NODE_INFO } from './node-info';
import { allHooks, listener, nft, pinned, rulesText, snapshotOf } from './observed';
import { POD, RICH, ids } from './verified';

describe('the checks of a policy', () => {
  const plan = (policy: Policy, parts: Partial<Snapshot> = {}, mode: Mode = 'iptables'): PlannedCheck[] => {
    const snapshot = snapshotOf({ ...POD, ...parts });
    const verdict = verdictOf(snapshot, policy);
    return checksOf({ snapshot, policy, verdict, mode, tools: NODE_INFO.iptables });
  };

  it('are one for each clause, each with an id and a title of its own', () => {
    const checks = plan(RICH);
    assert.deepEqual(ids(checks), [
      'ipv4/outbound/redirected',
      'ipv4/outbound/peer',
      'ipv4/outbound/excluded-range/10.1.0.0/16',
      'ipv4/outbound/excluded-port/5432',
      'ipv4/outbound/excluded-interface/eth1',
      'ipv4/outbound/to-itself',
      'ipv4/outbound/loopback',
      'ipv4/sidecar/passes/user',
      'ipv4/sidecar/own-pod/user',
      'ipv4/sidecar/loopback/user',
      'ipv4/sidecar/passes/group',
      'ipv4/sidecar/own-pod/group',
      'ipv4/sidecar/loopback/group',
      'ipv4/inbound/redirected',
      'ipv4/inbound/bypass-port/15010',
      'ipv4/inbound/bypass-port/15901-15904',
      'ipv4/inbound/excluded-port/9000-9010',
      'ipv4/inbound/control-port/22',
      'ipv4/inbound/excluded-source/10.9.0.0/16',
    ]);
    assert.equal(new Set(checks.map(({ title }) => title)).size, checks.length);
    const probes = checks.flatMap((check) => check.probes);
    assert.equal(new Set(ids(probes)).size, probes.length);
  });

  it('name each included range and port, and what is beside them', () => {
    const checks = plan(
      parsePolicy({
        outboundIpRangeInclusions: ['10.0.0.0/8', 'fd00::/8'],
        inboundPortInclusions: ['8080-8090'],
      }).policy ?? assert.fail(),
    );
    for (const id of ['included-range/10.0.0.0/8', 'other-ranges']) {
      assert.ok(ids(checks).includes(`ipv4/outbound/${id}`), id);
    }
    for (const id of ['included-port/8080-8090', 'other-ports']) {
      assert.ok(ids(checks).includes(`ipv4/inbound/${id}`), id);
    }
    assert.ok(!ids(checks).includes('ipv4/outbound/redirected'));
  });

  it('ask for addresses at which nobody is, or neighbours', () => {
    const asked = (policy: Policy): string[] =>
      plan(policy).find(({ id }) => id === 'ipv4/outbound/redirected')?.probes[0]?.destinations ?? [];
    assert.equal(asked(DEFAULT_POLICY)[0], '192.0.2.170');
    const without = parsePolicy({ outboundIpRangeExclusions: ['192.0.2.0/24', '198.51.100.0/24'] }).policy;
    assert.deepEqual(asked(without ?? assert.fail()), [
      '203.0.113.170',
      '10.0.0.170',
      '10.0.0.85',
      '10.5.0.170',
      '10.5.0.85',
    ]);
    assert.equal(asked(RICH)[0], '10.0.0.170', 'the default route may lead over the excluded interface');
    const none = parsePolicy({ outboundIpRangeExclusions: ['0.0.0.0/0'] }).policy ?? assert.fail();
    const check = plan(none).find(({ id }) => id === 'ipv4/outbound/redirected');
    assert.deepEqual([check?.probes, check?.doubt], [[], 'There is no address to try this with.']);
  });

  it('are only that nothing is taken, in mode none and of a family that is left out', () => {
    assert.deepEqual(ids(plan(RICH, {}, 'none')), ['ipv4/outbound/untouched', 'ipv4/inbound/untouched']);
    const addresses = [
      ...(POD.addresses ?? []),
      { interface: 'eth0', index: 2, family: 'ipv6' as const, address: 'fd00::5', prefix: 64 },
    ];
    const dual = {
      addresses,
      listeners: [...(POD.listeners ?? []), listener('ipv6', 15001), listener('ipv6', 15003)],
    };
    assert.ok(ids(plan(DEFAULT_POLICY, { addresses })).includes('ipv6/outbound/untouched'));
    assert.ok(ids(plan(DEFAULT_POLICY, dual)).includes('ipv6/outbound/redirected'));
    const fsm = rulesText('ipv4', (text) => text.replaceAll(/-m comment --comment ("[^"]*"|\S+) /g, ''));
    assert.ok(
      ids(plan(DEFAULT_POLICY, { ...dual, rulesets: [nft(fsm)] })).includes('ipv6/outbound/untouched'),
    );
  });

  it('are made for the mode that is there, or of which a part is', () => {
    const mode = (parts: Partial<Snapshot>): Mode | null =>
      modeToVerify(verdictOf(snapshotOf(parts), DEFAULT_POLICY));
    const half = nft(rulesText('ipv4', (text) => text.replace(/^-A PREROUTING.*\n/m, '')));
    const answering = [pinned('sockops'), pinned('getsockopt')];
    assert.equal(mode({}), 'none');
    assert.equal(mode({ rulesets: [half] }), 'iptables');
    assert.equal(mode({ rulesets: [half], attachments: answering }), 'iptables');
    assert.equal(mode({ attachments: [pinned('connect4')] }), 'ebpf');
    assert.equal(mode({ rulesets: [nft(rulesText('ipv4'))], attachments: allHooks }), 'ebpf');
    assert.equal(mode({ rulesets: [nft('*nat\n:ISTIO_OUTPUT - [0:0]\nCOMMIT\n')] }), null);
  });

  it('say where eBPF mode differs', () => {
    const check = plan(RICH, {}, 'ebpf').find(({ id }) => id.includes('excluded-interface'));
    assert.match(check?.doubt ?? '', /bound to it/);
  });
});
