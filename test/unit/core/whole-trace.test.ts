import assert from 'node:assert/strict';
import { mapsFromPolicy } from '../../../src/core/ebpf';
import { parseRuleset, type Ruleset } from '../../../src/core/iptables';
import type { TraceEvent } from '../../../src/core/model';
import { DEFAULT_POLICY } from '../../../src/core/policy';
import {
  differences,
  endText,
  explainWhole,
  rulesOf,
  toldApart,
  type Connection,
  type WholeState,
} from '../../../src/core/trace';

const INTERFACES = [{ name: 'lo', index: 1 }];
const RULES = parseRuleset(`*nat
:OUTPUT ACCEPT [0:0]
:PREROUTING ACCEPT [0:0]
:T - [0:0]
-A OUTPUT -d 127.0.0.1/32 -j RETURN
-A OUTPUT -p tcp -j T
-A T -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 15001
-A PREROUTING -p tcp -j REDIRECT --to-ports 15003
COMMIT
`);
const MAPS = mapsFromPolicy(DEFAULT_POLICY, {
  cookie: '5',
  addresses: [{ address: '10.0.0.5' }],
  interfaces: INTERFACES,
  podAddress: '10.0.0.5',
});
const TO_WEB: Connection = {
  ...{ direction: 'outbound', uid: 1000, gid: 1000, source: '10.0.0.5', sourcePort: 40000 },
  ...{ destination: '192.0.2.1', destinationPort: 80, interface: 'eth0', boundInterface: null },
};
const state = (more: Partial<WholeState>): WholeState => ({
  rulesets: [{ family: 'ipv4', backend: 'nft', ruleset: RULES }],
  maps: null,
  interfaces: INTERFACES,
  ...more,
});
const explain = (more: Partial<WholeState>, connection = TO_WEB) =>
  explainWhole(state(more), DEFAULT_POLICY, connection);

const rule = (chain: string, number: number, more: Partial<TraceEvent> = {}): TraceEvent => ({
  ...{
    packet: 1,
    backend: 'nft',
    table: 'nat',
    chain,
    kind: 'rule',
    rule: number,
    verdict: 'accept',
    to: null,
  },
  ...more,
});
const end = (port: number): TraceEvent => ({
  ...rule('end', 0, { table: 'mesh-redirect-trace-1', kind: 'end', rule: null }),
  destination: { address: '192.0.2.1', port },
});

describe('a connection past hooks and rules', () => {
  it('is sent on by the hook before rules see it', () => {
    const { stations, end } = explain({ maps: MAPS });
    assert.deepEqual(
      stations.map(({ by, connection }) => [by.kind, connection.destination, connection.destinationPort]),
      [
        ['hooks', '192.0.2.1', 80],
        ['rules', '127.0.0.1', 15001],
      ],
    );
    assert.equal(endText(end), 'goes to the sidecar’s outbound port 15001');
  });

  it('is looked up by the hook after the rules, and only if they let it be', () => {
    const inbound: Connection = { ...TO_WEB, direction: 'inbound', destination: '10.0.0.5' };
    assert.deepEqual(
      explain({ maps: MAPS }, inbound).stations.map(({ by }) => by.kind),
      ['rules'],
    );
    const hooked = explain({ maps: MAPS, rulesets: [] }, inbound);
    assert.deepEqual(
      hooked.stations.map(({ by }) => by.kind),
      ['hooks'],
    );
    assert.equal(endText(hooked.end), 'goes to the sidecar’s inbound port 15003');
  });

  it('ends where the first back-end that decides sends it', () => {
    const none = parseRuleset('*nat\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n');
    const rulesets = [
      { family: 'ipv4', backend: 'nft', ruleset: none },
      { family: 'ipv4', backend: 'legacy', ruleset: RULES },
    ] as const;
    assert.equal(explain({ rulesets }).stations.length, 2);
    assert.equal(endText(explain({ rulesets }).end), 'goes to the sidecar’s outbound port 15001');
    assert.equal(endText(explain({ rulesets: [] }).end), 'goes on to where it was meant to go');
  });
});

describe('a connection past the rules of both back-ends', () => {
  const sentTo = (port: number) =>
    parseRuleset(`*nat\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -p tcp -j REDIRECT --to-ports ${port}\nCOMMIT\n`);
  const unknown = parseRuleset('*nat\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -m geoip -j ACCEPT\nCOMMIT\n');
  const passed = parseRuleset('*nat\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -p tcp -j ACCEPT\nCOMMIT\n');
  const explained = (nft: Ruleset, legacy: Ruleset, more: Partial<WholeState> = {}) =>
    explain({
      rulesets: [
        { family: 'ipv4', backend: 'nft', ruleset: nft },
        { family: 'ipv4', backend: 'legacy', ruleset: legacy },
      ],
      ...more,
    });

  it('ends where nobody can say, if they decide differently: the kernel does not tell which it asks first', () => {
    const { end, unordered } = explained(sentTo(15001), sentTo(9000));
    assert.equal(unordered, true);
    assert.match(
      endText(end),
      /nobody can say: .* by those of nft it goes to the sidecar’s outbound port 15001, by those of legacy it goes to the local port 9000/,
    );
    for (const both of [explained(sentTo(15001), unknown), explained(unknown, sentTo(15001))])
      assert.deepEqual([both.end.kind, both.unordered], ['unknown', true]);
  });

  it('ends where one of them sends it, if only that one decides, or both alike', () => {
    const certain = [
      ...[explained(sentTo(15001), passed), explained(passed, sentTo(15001))],
      explained(sentTo(15001), sentTo(15001)),
    ];
    for (const { end, unordered } of certain)
      assert.deepEqual([endText(end), unordered], ['goes to the sidecar’s outbound port 15001', false]);
    assert.deepEqual(explained(passed, unknown).unordered, false);
    assert.equal(explained(passed, unknown).end.kind, 'unknown');
  });

  it('is held against the kernel in the order in which that has asked', () => {
    const stations = rulesOf(explained(sentTo(15001), sentTo(9000)));
    const legacy = { backend: 'legacy', verdict: null } as const;
    assert.deepEqual(differences(stations, [rule('OUTPUT', 1, legacy), end(9000)]), []);
    assert.deepEqual(differences(stations, [rule('OUTPUT', 1), end(15001)]), []);
    // The other one is asked of where it comes from, not of where it goes to.
    const withOther = rulesOf(explained(sentTo(15001), passed));
    const after = rule('POSTROUTING', 1, { ...legacy, kind: 'policy', rule: null });
    assert.deepEqual(differences(withOther, [rule('OUTPUT', 1), after, end(15001)]), []);
    assert.deepEqual(differences(stations, [rule('OUTPUT', 1), end(9000)]), [
      { explained: 'port 15001', kernel: '192.0.2.1 port 9000' },
    ]);
  });
});

describe('an explanation beside the word of the kernel', () => {
  const compared = (events: TraceEvent[]) => differences(rulesOf(explain({})), events);

  it('agrees where the kernel met the same rules, and came out at the same port', () => {
    assert.deepEqual(compared([rule('OUTPUT', 2), rule('T', 1), end(15001), rule('INPUT', 1)]), []);
  });

  it('differs by a rule that one of them did not meet, and by where it came out', () => {
    assert.deepEqual(compared([rule('OUTPUT', 1, { verdict: 'return' }), end(80)]), [
      { explained: 'OUTPUT, rule 2', kernel: 'OUTPUT, rule 1' },
      { explained: 'T, rule 1', kernel: null },
      { explained: 'port 15001', kernel: '192.0.2.1 port 80' },
    ]);
    assert.deepEqual(compared([rule('OUTPUT', 2), rule('T', 1, { verdict: 'drop' })]), [
      { explained: 'port 15001', kernel: 'refused' },
    ]);
  });

  it('holds nothing against the kernel where the explanation gave up', () => {
    const unknown = parseRuleset('*nat\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -m geoip -j DROP\nCOMMIT\n');
    const whole = explain({ rulesets: [{ family: 'ipv4', backend: 'nft', ruleset: unknown }] });
    assert.deepEqual(differences(rulesOf(whole), [end(80)]), []);
  });

  it('looks at the rules of each back-end, until one has decided', () => {
    const none = parseRuleset('*nat\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -p tcp -j RETURN\nCOMMIT\n');
    const rulesets = [
      { family: 'ipv4', backend: 'nft', ruleset: none },
      { family: 'ipv4', backend: 'legacy', ruleset: RULES },
    ] as const;
    const legacy = { backend: 'legacy', verdict: null } as const;
    const told = [rule('OUTPUT', 2, legacy), rule('T', 1, legacy), end(15001)];
    assert.deepEqual(differences(rulesOf(explain({ rulesets })), [rule('OUTPUT', 1), ...told]), []);
    assert.deepEqual(differences(rulesOf(explain({ rulesets })), told), []);
    assert.deepEqual(differences(rulesOf(explain({ rulesets })), [rule('OUTPUT', 1), end(80)]), [
      { explained: 'OUTPUT, rule 2', kernel: null },
      { explained: 'T, rule 1', kernel: null },
      { explained: 'port 15001', kernel: '192.0.2.1 port 80' },
    ]);
    const decided = [{ ...rulesets[1], backend: 'nft' } as const, { ...rulesets[1] }];
    const first = [rule('OUTPUT', 2), rule('T', 1), end(15001)];
    assert.deepEqual(differences(rulesOf(explain({ rulesets: decided })), first), []);
  });

  it('tells legacy rules without a condition from ends of chains', () => {
    const rules = parseRuleset('*nat\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -j RETURN\nCOMMIT\n');
    const said = (number: number) =>
      rule('OUTPUT', number, { kind: 'policy', backend: 'legacy', verdict: null });
    const told = [1, 2].map((number) => toldApart(said(number), rules));
    assert.deepEqual(
      told.map((event) => [event.kind, event.rule]),
      [
        ['rule', 1],
        ['policy', null],
      ],
    );
  });
});
