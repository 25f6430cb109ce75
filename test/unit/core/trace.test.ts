import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import {
  explainConnection,
  mapsFromPolicy,
  parsePolicy,
  parseRuleset,
  restoreText,
  type Connection,
  type Policy,
  type Ruleset,
  type Trace,
} from '../../../src/core';
import { containsAddress, parseAddress, parseRange } from '../../../src/core/net';
import { DEFAULT_POLICY } from '../../../src/core/policy';

const POD = { ipv4: '10.0.0.5', ipv6: 'fd00::5' };
const interfaces = [
  { name: 'lo', index: 1 },
  { name: 'eth0', index: 2 },
  { name: 'eth1', index: 3 },
];
const facts = {
  cookie: '5',
  addresses: [{ address: POD.ipv4 }, { address: POD.ipv6 }],
  interfaces,
  podAddress: POD.ipv4,
};

const base: Connection = {
  direction: 'outbound',
  uid: 1000,
  gid: 1000,
  source: POD.ipv4,
  sourcePort: 40000,
  destination: '192.0.2.1',
  destinationPort: 80,
  interface: 'eth0',
  boundInterface: null,
};

const family = ({ destination }: Connection) => (destination.includes(':') ? 'ipv6' : 'ipv4');

/** What explains connections under a policy in each mode. */
function worlds(policy: Policy) {
  const rulesOf = (which: 'ipv4' | 'ipv6'): Ruleset => {
    const text = restoreText(null, policy, which, { podAddress: POD.ipv4 }) ?? '';
    // As iptables-save would print it: the rules that go to the front of OUTPUT are the first ones there.
    return parseRuleset(text.replaceAll(/-I OUTPUT \d /g, '-A OUTPUT '));
  };
  const rulesets = { ipv4: rulesOf('ipv4'), ipv6: rulesOf('ipv6') };
  const maps = mapsFromPolicy(policy, facts);
  return {
    byRules: (connection: Connection): Trace =>
      explainConnection({ mode: 'iptables', ruleset: rulesets[family(connection)] }, policy, connection),
    byMaps: (connection: Connection): Trace =>
      explainConnection({ mode: 'ebpf', maps, interfaces }, policy, connection),
  };
}

describe('explainConnection', function () {
  this.timeout(60_000);

  it('names the rule that decides, and all that were asked before', () => {
    const { steps, end } = worlds(DEFAULT_POLICY).byRules(base);
    assert.deepEqual(end, { kind: 'sidecar', port: 15001, side: 'outbound' });
    assert.deepEqual(
      [...new Set(steps.map(({ place }) => place))],
      ['OUTPUT', 'FSM_PROXY_OUTBOUND', 'FSM_PROXY_OUT_REDIRECT'],
    );
    assert.deepEqual(
      steps.filter(({ decides }) => decides).map(({ text }) => text.split(' -j ')[1]),
      ['REDIRECT --to-ports 15001'],
    );
  });

  it('names the lookup that decides', () => {
    const policy = parsePolicy({ outboundIpRangeExclusions: ['192.0.2.0/24'] }).policy ?? assert.fail();
    const { steps, end } = worlds(policy).byMaps(base);
    assert.deepEqual(end, { kind: 'direct' });
    assert.equal(steps.at(-1)?.text, 'excluded_ranges: holds the destination');
    assert.deepEqual(steps.filter(({ decides }) => decides).length, 1);
  });

  it('reads FSM’s own rules', () => {
    const text = readFileSync(new URL('../../fixtures/iptables/fsm-nft.txt', import.meta.url), 'utf8');
    const ends = (change: Partial<Connection>): unknown =>
      explainConnection({ mode: 'iptables', ruleset: parseRuleset(text) }, DEFAULT_POLICY, {
        ...base,
        ...change,
      }).end;
    assert.deepEqual(ends({}), { kind: 'sidecar', port: 15001, side: 'outbound' });
    assert.deepEqual(ends({ destinationPort: 15000 }), { kind: 'sidecar', port: 15001, side: 'outbound' });
    assert.deepEqual(ends({ destinationPort: 3306 }), { kind: 'direct' });
    assert.deepEqual(ends({ uid: 1500 }), { kind: 'direct' });
    assert.deepEqual(ends({ uid: 1500, destination: '127.0.0.1', interface: 'lo' }), {
      kind: 'rewritten',
      destination: '10.0.0.5',
      port: 80,
    });
  });

  it('knows the sidecar by its group too, where the policy names one', () => {
    const policy = parsePolicy({ sidecarGid: 1337 }).policy ?? assert.fail();
    const loopback = { destination: POD.ipv4, interface: 'lo' };
    const ends = (change: Partial<Connection>): unknown[] => {
      const { byRules, byMaps } = worlds(policy);
      return [byRules({ ...base, ...change }).end, byMaps({ ...base, ...change }).end];
    };
    const both = (end: unknown): unknown[] => [end, end];
    assert.deepEqual(ends({ gid: 1337 }), both({ kind: 'direct' }));
    assert.deepEqual(ends({ uid: 1500 }), both({ kind: 'direct' }));
    assert.deepEqual(ends({}), both({ kind: 'sidecar', port: 15001, side: 'outbound' }));
    assert.deepEqual(
      ends({ gid: 1337, ...loopback }),
      both({ kind: 'sidecar', port: 15003, side: 'inbound' }),
    );
    assert.deepEqual(ends(loopback), both({ kind: 'direct' }));
  });

  it('says where it does not know', () => {
    const text =
      '*nat\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -m bpf --bytecode x -j REDIRECT --to-ports 1\nCOMMIT\n';
    const trace = explainConnection({ mode: 'iptables', ruleset: parseRuleset(text) }, DEFAULT_POLICY, base);
    assert.equal(trace.end.kind, 'unknown');
    assert.equal(trace.steps[0]?.matched, null);
    const loop = '*nat\n:OUTPUT ACCEPT [0:0]\n:A - [0:0]\n-A OUTPUT -j A\n-A A -j A\nCOMMIT\n';
    const looped = explainConnection({ mode: 'iptables', ruleset: parseRuleset(loop) }, DEFAULT_POLICY, base);
    assert.equal(looped.end.kind, 'unknown');
    assert.throws(() => worlds(DEFAULT_POLICY).byMaps({ ...base, destination: 'nowhere' }), RangeError);
  });

  const addresses = [
    ...['127.0.0.1', '127.0.0.2', '0.0.0.0', POD.ipv4, '10.0.0.6', '10.1.2.3', '192.0.2.1', '192.0.3.1'],
    ...['::1', '::', POD.ipv6, 'fd00::6', 'fd01::1', '2001:db8::1'],
  ];
  const ranges = [
    '10.0.0.0/8',
    '10.1.0.0/16',
    '192.0.2.0/24',
    '0.0.0.0/0',
    'fd00::/16',
    '::/0',
    '2001:db8::1',
    '10.1.2.3',
  ];
  const ports = [22, 80, 443, 8000, 8005, 15000, 15001, 15003, 15010, 15902];
  const some = <T>(values: readonly T[]) => fc.subarray([...values], { maxLength: 3 });
  const portList = some<number | string>([...ports, '8000-8010', '1-1000']);

  /** As a caller would know the interfaces of it. */
  const local = (text: string): boolean => {
    const address = parseAddress(text) ?? assert.fail(text);
    return ['127.0.0.0/8', '::1', '0.0.0.0', '::', POD.ipv4, POD.ipv6].some((range) => {
      const parsed = parseRange(range);
      return !('fault' in parsed) && containsAddress(parsed, address);
    });
  };
  const connections = fc
    .record({
      direction: fc.constantFrom('inbound' as const, 'outbound' as const),
      uid: fc.constantFrom(0, 1000, 1500),
      gid: fc.constantFrom(0, 1000, 1337),
      remote: fc.constantFrom(...addresses),
      port: fc.constantFrom(...ports),
      device: fc.constantFrom('eth0', 'eth1'),
    })
    .map(({ direction, uid, gid, remote, port, device }): Connection => {
      const own = remote.includes(':') ? POD.ipv6 : POD.ipv4;
      const name = local(remote) ? 'lo' : device;
      const out = direction === 'outbound';
      return {
        ...base,
        direction,
        uid,
        gid,
        source: out ? own : remote,
        destination: out ? remote : own,
        destinationPort: port,
        interface: name,
        boundInterface: out && name !== 'lo' ? name : null,
      };
    });
  const policies = fc
    .record({
      inboundPortExclusions: portList,
      outboundPortExclusions: portList,
      inboundPortInclusions: portList,
      outboundIpRangeExclusions: some(ranges),
      outboundIpRangeInclusions: some(ranges),
      inboundSourceExclusions: some(ranges),
      interfaceExclusions: some(['eth1', 'eth+', 'tun0']),
      podIpMode: fc.boolean(),
      sidecarGid: fc.constantFrom(null, 0, 1337),
    })
    .map((settings) => parsePolicy(settings).policy)
    .filter((policy) => policy !== null);

  it('ends every connection alike in both modes', () => {
    const kinds = new Set<string>();
    fc.assert(
      fc.property(policies, fc.array(connections, { minLength: 20, maxLength: 20 }), (policy, many) => {
        const { byRules, byMaps } = worlds(policy);
        for (const connection of many) {
          const { end } = byRules(connection);
          assert.deepEqual(byMaps(connection).end, end, JSON.stringify(connection));
          kinds.add(end.kind === 'sidecar' ? `sidecar ${String(end.side)}` : end.kind);
        }
      }),
      { numRuns: 100 },
    );
    assert.deepEqual([...kinds].sort(), ['direct', 'rewritten', 'sidecar inbound', 'sidecar outbound']);
  });
});
