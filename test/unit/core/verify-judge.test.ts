import assert from 'node:assert/strict';
import type { Acceptance, ProbeResult } from '../../../src/core/model';
import { DEFAULT_POLICY } from '../../../src/core/policy';
import { verdictOf } from '../../../src/core/redirect';
import { checksOf, judge, type Check } from '../../../src/core/verify';
import { allHooks, nft, snapshotOf } from './observed';
import { POD, RICH, ids, verify, written } from './verified';

const not = (outcome: Check['outcome'], checks: Check[]): string[] =>
  checks.filter((check) => check.outcome !== outcome).map(({ id, message }) => `${id}: ${message}`);

describe('the judgement', () => {
  it('is that all is well where the rules are those of the policy', () => {
    for (const policy of [
      DEFAULT_POLICY,
      RICH,
      { ...RICH, podIpMode: false, inboundPortInclusions: [{ first: 8080, last: 8080 }] },
    ]) {
      assert.deepEqual(not('passed', verify(written(policy), policy)), []);
    }
    assert.deepEqual(not('passed', verify('', RICH, 'none')), []);
  });

  it('is red for exactly what a missing rule decides', () => {
    const lines = written(RICH).split('\n');
    const red = (about: RegExp): string[] => {
      const [line = assert.fail(String(about)), ...more] = lines.filter((one) => about.test(one));
      assert.deepEqual(more, [], String(about));
      const checks = verify(lines.filter((one) => one !== line).join('\n'), RICH);
      return ids(checks.filter(({ outcome }) => outcome === 'failed'));
    };
    const out = (...clauses: string[]): string[] => ['whole', ...clauses.map((clause) => `ipv4/${clause}`)];
    assert.deepEqual(red(/5432/), out('outbound/excluded-port/5432'));
    assert.deepEqual(red(/10\.1\.0\.0/), out('outbound/excluded-range/10.1.0.0/16'));
    assert.deepEqual(red(/-o eth1/), out('outbound/excluded-interface/eth1'));
    assert.deepEqual(red(/application to itself/), out('outbound/to-itself'));
    assert.deepEqual(
      red(/ -m owner --uid-owner 1500 .*"mesh-redirect: sidecar"/),
      out('sidecar/passes/user'),
    );
    assert.deepEqual(red(/--gid-owner 1337 .*own pod/), out('sidecar/own-pod/group'));
    assert.deepEqual(red(/9000:9010/), out('inbound/excluded-port/9000-9010'));
    assert.deepEqual(red(/bypass/), out('inbound/bypass-port/15010', 'inbound/bypass-port/15901-15904'));
    assert.deepEqual(red(/control/), out('inbound/control-port/22'));
    assert.deepEqual(red(/10\.9\.0\.0/), out('inbound/excluded-source/10.9.0.0/16'));
    assert.deepEqual(red(/-A PREROUTING/), out('inbound/redirected'));
    assert.deepEqual(
      red(/-A OUTPUT/),
      out('outbound/redirected', 'sidecar/own-pod/user', 'sidecar/own-pod/group'),
    );
    // What no new connection shows, the rules themselves do.
    assert.deepEqual(red(/OUTBOUND .*older connections/), ['whole']);
  });

  it('is red in mode none where something redirects after all', () => {
    assert.deepEqual(ids(verify(written(RICH), RICH, 'none').filter(({ outcome }) => outcome === 'failed')), [
      'whole',
      'ipv4/outbound/untouched',
      'ipv4/inbound/untouched',
    ]);
  });

  const snapshot = snapshotOf({ ...POD, attachments: allHooks });
  const policy = DEFAULT_POLICY;
  const scene = { snapshot, policy, verdict: verdictOf(snapshot, policy), mode: 'ebpf' as const };
  const planned = checksOf({ ...scene, tools: [] });
  const at = (address: string, port: number) => ({ address, port });
  const accepted = (more: Partial<Acceptance>): Acceptance => ({
    ...{
      local: at('127.0.0.1', 15001),
      uid: 1500,
      pid: 7,
      comm: 'pipy',
      originalDestination: at('192.0.2.170', 80),
    },
    ...more,
  });
  const judged = (id: string, more: Partial<ProbeResult>, within = scene): Check => {
    const check = planned.find((one) => one.id === id) ?? assert.fail(id);
    const results = check.probes.map((probe): ProbeResult => ({
      ...{ id: probe.id, destination: probe.destinations[0] ?? '', port: probe.port },
      ...{ source: at('10.0.0.5', 40000), outcome: 'established', errno: null, peer: null, accepted: null },
      ...more,
    }));
    return judge(within, check, results);
  };

  it('names who took a connection, and what it learnt', () => {
    const right = judged('ipv4/outbound/redirected', { accepted: accepted({}) });
    assert.deepEqual(
      [right.outcome, right.message],
      [
        'passed',
        'pipy (7, user 1500) at 127.0.0.1:15001 took the connection to 192.0.2.170:80, and knows that.',
      ],
    );
    const wrong = judged('ipv4/outbound/redirected', {
      accepted: accepted({ originalDestination: at('192.0.2.1', 1) }),
    });
    assert.deepEqual(wrong.outcome, 'failed');
    assert.match(wrong.message, /learnt 192\.0\.2\.1:1/);
    const nothing = judged('ipv4/outbound/redirected', { accepted: accepted({ originalDestination: null }) });
    assert.match(nothing.message, /learnt no original destination/);
    const other = judged('ipv4/outbound/redirected', {
      accepted: accepted({ local: at('192.0.2.170', 80), uid: 0, comm: 'nginx' }),
    });
    assert.match(other.message, /^nginx \(7, user 0\).* and not the sidecar’s outbound port 15001/);
    const peer = judged('ipv4/outbound/peer', { peer: at('127.0.0.1', 15001) });
    assert.match(peer.message, /says 127\.0\.0\.1:15001 of a connection to 192\.0\.2\.170:80/);
  });

  it('is not sure of what was gone too soon, or never left', () => {
    const gone = accepted({ uid: null, pid: null, comm: null, originalDestination: null });
    for (const [id, more, mode] of [
      ['ipv4/outbound/redirected', { accepted: gone }],
      ['ipv4/outbound/redirected', {}],
      ['ipv4/outbound/redirected', { outcome: 'unreachable', source: null }, 'iptables'],
      ['ipv4/outbound/redirected', { outcome: 'failed', errno: 1 }],
      ['ipv4/sidecar/passes/user', { outcome: 'unreachable', source: null }, 'iptables'],
      ['ipv4/inbound/redirected', {}],
      ['ipv4/inbound/control-port/22', { outcome: 'unreachable', errno: 99, source: null }],
    ] as const) {
      const check = judged(id, more, { ...scene, mode: (mode ?? 'ebpf') as 'ebpf' });
      assert.equal(check.outcome, 'inconclusive', `${id}: ${check.message}`);
    }
    const part = snapshotOf({ ...POD, attachments: allHooks.filter(({ hook }) => hook !== 'sockops') });
    const without = { ...scene, verdict: verdictOf(part, policy) };
    for (const id of ['ipv4/outbound/redirected', 'ipv4/inbound/redirected']) {
      const local = id.includes('inbound') ? at('10.0.0.5', 8080) : gone.local;
      const { outcome, message } = judged(id, { accepted: { ...gone, local } }, without);
      assert.deepEqual([outcome, /sockops is not attached/.test(message)], ['failed', true], message);
    }
    const silent = { ...scene, snapshot: { ...snapshot, listeners: [] } };
    assert.equal(
      judged('ipv4/inbound/control-port/22', { outcome: 'refused' }, silent).outcome,
      'inconclusive',
    );
    assert.match(
      judged('ipv4/outbound/redirected', { outcome: 'refused' }, silent).message,
      /nobody listens/,
    );
    assert.equal(
      judged('ipv4/sidecar/passes/user', { outcome: 'unreachable', source: null }).outcome,
      'passed',
    );
    assert.equal(judged('ipv4/sidecar/passes/user', { source: at('127.0.0.1', 1) }).outcome, 'failed');
  });

  it('tells the listener that sk_lookup chose by its user and by what it knows', () => {
    const local = at('10.0.0.5', 8080);
    const steered = judged('ipv4/inbound/redirected', {
      accepted: accepted({ local, originalDestination: local }),
    });
    assert.equal(steered.outcome, 'passed', steered.message);
    const deaf = judged('ipv4/inbound/redirected', {
      accepted: accepted({ local, originalDestination: null }),
    });
    assert.match(deaf.message, /learnt no original destination/);
    const application = judged('ipv4/inbound/redirected', { accepted: accepted({ local, uid: 1000 }) });
    assert.equal(application.outcome, 'failed');
    const bypass = at('10.0.0.5', 15010);
    const reached = (originalDestination: typeof bypass | null, within = scene): Check['outcome'] =>
      judged(
        'ipv4/inbound/bypass-port/15010',
        { accepted: accepted({ local: bypass, originalDestination }) },
        within,
      ).outcome;
    assert.equal(reached(null), 'passed');
    assert.equal(reached(bypass), 'failed');
    const rulesets = [nft('*nat\n-A OUTPUT -p tcp -j DNAT --to-destination 10.0.0.1\nCOMMIT\n')];
    assert.equal(reached(bypass, { ...scene, snapshot: { ...snapshot, rulesets } }), 'inconclusive');
  });
});
