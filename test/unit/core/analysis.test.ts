import assert from 'node:assert/strict';
import {
  analyseRuleset,
  analyseRulesets,
  type AnalysisFacts,
  type Finding,
} from '../../../src/core/analysis';
import { parseRuleset } from '../../../src/core/iptables';
import type { Family, Listener } from '../../../src/core/model';
import { FSM_RULES } from '../../../playground/fsm-rules';
import { kubeProxyRules } from '../../bench/kube-proxy-rules';

const table = (...lines: string[]): string =>
  ['*nat', ':OUTPUT ACCEPT [0:0]', ...lines, 'COMMIT', ''].join('\n');

const found = (text: string): Finding[] => analyseRuleset(parseRuleset(text));

/** `shadowed OUTPUT 2 by 1`, with a question mark where it is not certain. */
const brief = (findings: readonly Finding[]): string[] =>
  findings.map(
    ({ kind, certain, place, cause }) =>
      `${kind}${certain ? '' : '?'} ${place.chain}${place.rule === null ? '' : ` ${place.rule}`}${cause?.rule ? ` by ${cause.rule}` : ''}`,
  );

const ofOutput = (...specs: string[]): string[] =>
  brief(found(table(...specs.map((spec) => `-A OUTPUT ${spec}`))));

describe('analysis: the order of rules', () => {
  it('finds what comes after a rule that takes everything, and says which one does', () => {
    const findings = found(
      table('-A OUTPUT -p tcp -j LOG', '-A OUTPUT -j ACCEPT', '-A OUTPUT -p tcp -j LOG'),
    );
    assert.deepEqual(brief(findings), ['dead OUTPUT 3 by 2']);
    assert.deepEqual(findings[0]?.place, { table: 'nat', chain: 'OUTPUT', line: 4, rule: 3 });
    assert.match(findings[0].reason, /Rule 2 before it takes every packet: “-j ACCEPT”/);
  });

  it('knows which chains give nothing back', () => {
    const chains = [
      ':A - [0:0]',
      ':B - [0:0]',
      '-A OUTPUT -j A',
      '-A OUTPUT -p udp -j LOG',
      '-A A -p tcp -j B',
    ];
    assert.deepEqual(brief(found(table(...chains, '-A A -j DROP', '-A B -p tcp -j RETURN'))), [
      'dead OUTPUT 2 by 1',
    ]);
    assert.deepEqual(
      brief(found(table(...chains, '-A A -s 10.0.0.1 -j RETURN', '-A A -j DROP', '-A B -j LOG'))),
      [],
    );
    // RETURN after a goto comes back to whoever called the chain that went.
    assert.deepEqual(brief(found(table(...chains, '-A A -g B', '-A A -j DROP', '-A B -j RETURN'))), [
      'dead A 3 by 2',
    ]);
  });

  it('finds what an earlier rule takes whole, by protocol, ranges, ports, users, interfaces and states', () => {
    const pairs: [string, string, boolean][] = [
      ['-p tcp -j ACCEPT', '-p tcp -m tcp --dport 80 -j DROP', true],
      ['-p tcp -j ACCEPT', '-p udp -j DROP', false],
      ['! -p udp -j ACCEPT', '-p tcp -j DROP', true],
      ['-p 6 -j ACCEPT', '-p tcp -j DROP', true],
      ['-d 10.0.0.0/8 -j ACCEPT', '-d 10.1.0.0/16 -j DROP', true],
      ['-d 10.1.0.0/16 -j ACCEPT', '-d 10.0.0.0/8 -j DROP', false],
      ['! -d 10.1.0.0/16 -j ACCEPT', '-d 192.168.0.1/32 -j DROP', true],
      ['! -d 10.0.0.0/8 -j ACCEPT', '-d 10.1.0.0/16 -j DROP', false],
      ['! -d 10.1.0.0/16 -j ACCEPT', '! -d 10.0.0.0/8 -j DROP', true],
      ['-p tcp -m tcp --dport 80:90 -j ACCEPT', '-p tcp -m multiport --dports 81,85:90 -j DROP', true],
      ['-p tcp -m multiport --dports 80,443 -j ACCEPT', '-p tcp -m tcp --dport 443 -j DROP', true],
      ['-p tcp -m multiport --dports 80,443 -j ACCEPT', '-p tcp -m tcp --dport 80:443 -j DROP', false],
      ['-p tcp -m tcp ! --dport 22 -j ACCEPT', '-p tcp -m tcp --dport 80 -j DROP', true],
      ['-p tcp -m tcp --dport :1024 -j ACCEPT', '-p tcp -m tcp --dport 0:22 -j DROP', true],
      ['-m owner --uid-owner 1000-2000 -j ACCEPT', '-m owner --uid-owner 1500 -j DROP', true],
      ['-m owner ! --uid-owner 1500 -j ACCEPT', '-m owner --uid-owner 1500 -j DROP', false],
      ['-o veth+ -j ACCEPT', '-o veth1 -p tcp -j DROP', true],
      ['-o veth1 -j ACCEPT', '-o veth+ -j DROP', false],
      ['! -o lo -j ACCEPT', '-o eth0 -j DROP', true],
      ['-m conntrack --ctstate NEW,RELATED -j ACCEPT', '-m state --state NEW -j DROP', true],
      ['-m conntrack ! --ctstate DNAT -j ACCEPT', '-m conntrack --ctstate ESTABLISHED -j DROP', false],
      ['-m comment --comment "a b" -j ACCEPT', '-m comment --comment "-p udp" -p tcp -j DROP', true],
      ['-m addrtype --dst-type LOCAL -j ACCEPT', '-m addrtype --dst-type LOCAL -p tcp -j DROP', true],
      ['-m socket -j ACCEPT', '-p tcp -j DROP', false],
      ['-p tcp -j LOG', '-p tcp -j DROP', false],
    ];
    for (const [first, second, taken] of pairs) {
      const kinds = ofOutput(first, second).map((line) => line.split(' ')[0]);
      const asks = first.startsWith('-m comment');
      assert.deepEqual(kinds, taken ? [asks ? 'dead' : 'shadowed'] : [], `${first} / ${second}`);
    }
  });

  it('does not guess: chance and limits never cover, marks that change neither, unknown matches only perhaps', () => {
    assert.deepEqual(
      ofOutput(
        '-m statistic --mode random --probability 0.5 -j ACCEPT',
        '-m statistic --mode random --probability 0.5 -j DROP',
      ),
      [],
    );
    assert.deepEqual(ofOutput('-m limit --limit 1/sec -j ACCEPT', '-m limit --limit 1/sec -j DROP'), []);
    assert.deepEqual(
      ofOutput('-m mark --mark 1 -j ACCEPT', '-j MARK --set-mark 1', '-m mark --mark 1 -j DROP'),
      [],
    );
    assert.deepEqual(ofOutput('-m mark --mark 1 -j ACCEPT', '-m mark --mark 1 -j DROP'), [
      'shadowed OUTPUT 2 by 1',
    ]);
    const strange = found(
      table('-A OUTPUT -m strange --x 1 -j ACCEPT', '-A OUTPUT -p tcp -m strange --x 1 -j DROP'),
    );
    assert.deepEqual(brief(strange), ['shadowed? OUTPUT 2 by 1']);
    assert.match(strange[0]?.reason ?? '', /cannot be certain: -m strange is not modelled/);
    // What is not modelled only narrows what is covered.
    assert.deepEqual(ofOutput('-p tcp -j ACCEPT', '-p tcp -m strange --x 1 -j DROP'), [
      'shadowed OUTPUT 2 by 1',
    ]);
  });

  it('tells a second jump, and the exception of FSM that has no effect', () => {
    const findings = found(FSM_RULES);
    assert.deepEqual(brief(findings), ['dead-admin-rule FSM_PROXY_OUT_REDIRECT 2 by 1']);
    const twice = FSM_RULES.replace(/^-A PREROUTING.*$/m, '$&\n$&');
    assert.deepEqual(
      brief(found(twice)).filter((line) => line.startsWith('duplicate')),
      ['duplicate-jump PREROUTING 2 by 1'],
    );
  });
});

describe('analysis: chains', () => {
  it('finds chains that are not there, that nothing leads to, and that no packet comes to', () => {
    const text = table(
      ':USED - [0:0]',
      ':ALONE - [0:0]',
      ':BEHIND - [0:0]',
      ':FSM_PROXY_HOLD - [0:0]',
      '-A OUTPUT -p tcp -j USED',
      '-A OUTPUT -g gone',
      '-A OUTPUT -p tcp -j STRANGE',
      '-A OUTPUT -j CHAOS --tarpit',
      '-A ALONE -j BEHIND',
    );
    assert.deepEqual(brief(found(text)).sort(), [
      'missing-chain OUTPUT 2',
      'missing-chain? OUTPUT 3',
      'unreachable-chain BEHIND by 1',
      'unused-chain ALONE',
    ]);
  });

  it('says of a part of a table only what may be', () => {
    const part = '*nat\n:MINE - [0:0]\n-A MINE -j not_here\nCOMMIT\n';
    assert.deepEqual(brief(found(part)).sort(), ['missing-chain? MINE 1', 'unused-chain? MINE']);
  });
});

describe('analysis: what is known of the namespace', () => {
  const RULES = [
    ':FSM_PROXY_OUTBOUND - [0:0]',
    '-A OUTPUT -p tcp -j FSM_PROXY_OUTBOUND',
    '-A FSM_PROXY_OUTBOUND -p tcp -j REDIRECT --to-ports 15001',
  ];
  const listener = (more: Partial<Listener>): Listener => ({
    family: 'ipv4',
    address: '0.0.0.0',
    port: 15001,
    uid: 1500,
    v6only: false,
    ...more,
  });
  const address = (family: Family, text: string) => ({
    interface: 'eth0',
    index: 2,
    family,
    address: text,
    prefix: 24,
  });
  const facts = (
    listeners: Listener[],
    ...addresses: AnalysisFacts['addresses'] & object
  ): AnalysisFacts => ({
    listeners,
    addresses,
  });
  const analyse = (ipv4: string, ipv6: string, known: AnalysisFacts): string[] =>
    analyseRulesets(
      [
        { family: 'ipv4', backend: 'nft', ruleset: parseRuleset(ipv4) },
        { family: 'ipv6', backend: 'nft', ruleset: parseRuleset(ipv6) },
      ],
      known,
    ).flatMap(brief);

  it('finds rules that lead to a port where nobody listens', () => {
    const rules = table(...RULES);
    const ip = address('ipv4', '10.0.0.1');
    assert.deepEqual(analyse(rules, '', facts([], ip)), ['no-listener FSM_PROXY_OUTBOUND 1']);
    assert.deepEqual(analyse(rules, '', facts([listener({})], ip)), []);
    assert.deepEqual(analyse(rules, '', facts([listener({ family: 'ipv6', address: '::' })], ip)), []);
    const only6 = listener({ family: 'ipv6', address: '::', v6only: true });
    assert.deepEqual(analyse(rules, '', facts([only6], ip)), ['no-listener FSM_PROXY_OUTBOUND 1']);
    // Nobody is sent there.
    const unused = table(RULES[0] ?? '', RULES[2] ?? '');
    assert.deepEqual(analyse(unused, '', facts([], ip)), ['unused-chain FSM_PROXY_OUTBOUND']);
  });

  it('misses the IPv6 twin only where the workload has both families', () => {
    const v4 = address('ipv4', '10.0.0.1');
    const v6 = address('ipv6', 'fd00::1');
    const listeners = [listener({}), listener({ family: 'ipv6', address: '::' })];
    const rules = table(...RULES);
    assert.deepEqual(analyse(rules, '', facts(listeners, v4)), []);
    assert.deepEqual(analyse(rules, '', facts(listeners, v4, address('ipv6', 'fe80::1'))), []);
    assert.deepEqual(analyse(rules, '', facts(listeners, v4, v6)), ['missing-twin OUTPUT 1']);
    assert.deepEqual(analyse(rules, rules, facts(listeners, v4, v6)), []);
    const lacking = table(...RULES.slice(0, 2));
    assert.deepEqual(analyse(rules, lacking, facts(listeners, v4, v6)), [
      'missing-twin FSM_PROXY_OUTBOUND 1',
    ]);
  });
});

describe('analysis: rules as others write them', () => {
  it('finds nothing in those of kube-proxy, however many', () => {
    assert.deepEqual(found(kubeProxyRules(5_000, 0)), []);
  });

  it('reads any text', () => {
    for (const text of [
      '',
      '*nat',
      '*nat\n-A X',
      '*nat\n-A X -j X\nCOMMIT',
      '*nat\n-A X -g\n-A X -p\n-A X !',
      '*\n:\n-A',
    ]) {
      assert.ok(Array.isArray(found(text)));
    }
  });
});
