import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  diffRulesets,
  foreignMeshesIn,
  isOurRule,
  multiportLists,
  parseRuleset,
  redirectionIn,
  redirects,
  removeText,
  renderPolicy,
  renderRuleset,
  restoreText,
  tokensOf,
  wordsOf,
} from '../../../src/core/iptables';
import { DEFAULT_POLICY, parsePolicy, type Policy } from '../../../src/core/policy';
import { joinPortRanges, port } from '../../../src/core/net';

const fixture = (name: string): string =>
  readFileSync(new URL(`../../fixtures/iptables/${name}`, import.meta.url), 'utf8');
const facts = { podAddress: '10.0.0.5' };

function policy(input: object): Policy {
  return parsePolicy(input).policy ?? assert.fail(JSON.stringify(parsePolicy(input).problems));
}

describe('parseRuleset', () => {
  const strange = [
    '',
    '\n',
    'no table at all\n-A INPUT -j DROP\n',
    '*nat\n:PREROUTING ACCEPT [1:2]\n[3:4] -A PREROUTING -m comment --comment "a \\" -j b" -j X\nCOMMIT\n# end',
    '*nat\r\n:A - [0:0]\r\n',
    '*raw\n[007:18446744073709551615] -A NEVER -j DROP\n-A\n-A \n[1:2] -A X\n:X - [0:0]\n:X - [0:0]\n',
    '*t\n:A - [0:0] trailing\n[1:2]-A A\n* t\n',
  ];
  for (const text of [...strange, fixture('fsm-nft.txt'), fixture('fsm-legacy.txt')]) {
    it(`gives back ${JSON.stringify(text.slice(0, 60))}`, () => {
      assert.equal(renderRuleset(parseRuleset(text)), text);
    });
  }

  it('knows tables, chains, rules, counters and lines', () => {
    const text =
      '# head\n*nat\n:OUTPUT ACCEPT [1:60]\n[5:300] -A OUTPUT -p tcp -j X\nCOMMIT\n*raw\n:X - [0:0]\n';
    const [nat, raw] = parseRuleset(text).tables;
    const chain = nat?.chains.get('OUTPUT');
    assert.equal(chain?.policy, 'ACCEPT');
    assert.equal(chain.line, 2);
    assert.deepEqual(chain.counters, { packets: 1, bytes: 60 });
    assert.deepEqual(
      chain.rules.map(({ spec, counters, line }) => ({ spec, counters, line })),
      [{ spec: '-p tcp -j X', counters: { packets: 5, bytes: 300 }, line: 3 }],
    );
    assert.equal(raw?.chains.get('X')?.policy, null);
  });

  it('reads quotes and escapes as iptables-restore does', () => {
    const words = wordsOf('-m comment --comment "say \\"hi\\" \\\\ -j X" -j RETURN');
    assert.deepEqual(
      words.map(({ text }) => text),
      ['-m', 'comment', '--comment', 'say "hi" \\ -j X', '-j', 'RETURN'],
    );
  });

  it('parts a rule into pieces which are the rule again', () => {
    const spec =
      '! -d 127.0.0.1/32 -o lo -p tcp -m tcp --dport 80 -m comment --comment "-j x" -j FSM_PROXY_OUTBOUND';
    const tokens = tokensOf(spec, (name) => name === 'FSM_PROXY_OUTBOUND');
    assert.equal(tokens.map(({ text }) => text).join(' '), spec);
    assert.deepEqual(
      tokens.filter(({ kind }) => kind !== 'option').map(({ kind, text }) => `${kind} ${text}`),
      [
        'not !',
        'address 127.0.0.1/32',
        'interface lo',
        'value tcp',
        'match tcp',
        'port 80',
        'match comment',
        'comment "-j x"',
        'jump FSM_PROXY_OUTBOUND',
      ],
    );
  });
});

describe('the rules of a policy', () => {
  it('split ports at fifteen, a range counting as two', () => {
    const ports = Array.from({ length: 31 }, (_, index) => port(index * 2 + 1));
    assert.deepEqual(
      multiportLists(ports).map((list) => list.split(',').length),
      [15, 15, 1],
    );
    const ranges = joinPortRanges(
      Array.from({ length: 8 }, (_, i) => ({ first: i * 10 + 1, last: i * 10 + 5 })),
    );
    assert.deepEqual(
      multiportLists(ranges).map((list) => list.split(',').length),
      [7, 1],
    );
    assert.deepEqual(multiportLists([]), []);
  });

  it('take only the ranges of their family', () => {
    const rules = policy({ outboundIpRangeExclusions: ['10.0.0.0/8', 'fd00::/8'] });
    const text = (family: 'ipv4' | 'ipv6'): string => JSON.stringify(renderPolicy(rules, family, facts));
    assert.match(text('ipv4'), /-d 10\.0\.0\.0\/8/);
    assert.doesNotMatch(text('ipv4'), /fd00/);
    assert.match(text('ipv6'), /-d fd00::\/8/);
    assert.doesNotMatch(text('ipv6'), /10\.0\.0|127\.0/);
  });

  it('all name us in their comment', () => {
    const rules = policy({
      podIpMode: true,
      interfaceExclusions: ['eth1'],
      inboundPortInclusions: [80],
      outboundIpRangeInclusions: ['10.0.0.0/8'],
      inboundSourceExclusions: ['10.9.0.0/16'],
    });
    const ruleset = parseRuleset(restoreText(null, rules, 'ipv4', facts) ?? '');
    const all = ruleset.tables.flatMap(({ chains }) => [...chains.values()].flatMap((chain) => chain.rules));
    assert.ok(all.length > 15);
    for (const rule of all) assert.ok(isOurRule(rule), rule.text);
  });

  it('are those of FSM, apart from our comments, older connections and the dead rule', () => {
    const found = redirectionIn(parseRuleset(fixture('fsm-nft.txt')));
    const wanted = renderPolicy(
      policy({
        podIpMode: true,
        controlPorts: [],
        interfaceExclusions: ['eth9'],
        inboundPortExclusions: [8081, 9091],
        outboundIpRangeExclusions: ['10.1.0.0/16'],
        outboundPortExclusions: [3306],
      }),
      'ipv4',
      facts,
    );
    const plain = (specs: string[]): string[] =>
      specs
        .filter((spec) => !spec.includes('older connections') && !spec.endsWith('ACCEPT'))
        .map((spec) =>
          spec.replace(/-m comment --comment (".*?"|\S+) /, '').replace(/-m tcp --tcp-flags \S+ \S+ /, ''),
        )
        .filter((spec) => !/159|15010/.test(spec))
        .sort();
    for (const { name, rules } of wanted.chains) {
      const theirs = found.chains.find((chain) => chain.name === name);
      assert.deepEqual(plain(rules), plain(theirs?.rules ?? []), name);
    }
    assert.deepEqual(plain(wanted.jumps.map(({ spec }) => spec)), plain(found.jumps.map(({ spec }) => spec)));
  });
});

describe('changing rules', () => {
  it('does nothing where nothing is to be done', () => {
    assert.equal(removeText(null), null);
    const text = restoreText(null, DEFAULT_POLICY, 'ipv4', facts) ?? '';
    assert.equal(restoreText(parseRuleset(text), DEFAULT_POLICY, 'ipv4', facts), null);
  });

  it('takes away each jump, doubled or not, and all of the chains', () => {
    const doubled = fixture('fsm-nft.txt').replace(/^.*-A PREROUTING.*$/m, '$&\n$&');
    const lines = (removeText(parseRuleset(doubled)) ?? '').split('\n');
    assert.equal(lines.filter((line) => line === '-D PREROUTING -p tcp -j FSM_PROXY_INBOUND').length, 2);
    assert.equal(lines.filter((line) => line.startsWith('-X FSM_PROXY_')).length, 4);
    assert.equal(lines.filter((line) => line.startsWith('-D OUTPUT')).length, 2);
  });

  for (const spelling of ['fsm_PROXY_', 'PROXY_']) {
    it(`knows the chains spelled ${spelling}*`, () => {
      const text = fixture('fsm-nft.txt').replaceAll(
        /FSM_PROXY_(IN_REDIRECT|INBOUND|OUT_REDIRECT|OUTBOUND)/g,
        (_, name: string) =>
          spelling === 'PROXY_'
            ? `PROXY_${name.replace('OUTBOUND', 'OUTPUT').replace('OUT_REDIRECT', 'REDIRECT')}`
            : `${spelling}${name}`,
      );
      const found = redirectionIn(parseRuleset(text));
      assert.equal(found.chains.length, 4);
      assert.ok(redirects(found, 'PREROUTING') && redirects(found, 'OUTPUT'));
    });
  }

  it('leaves other meshes alone and names them', () => {
    const text =
      '*nat\n:PREROUTING ACCEPT [0:0]\n:ISTIO_INBOUND - [0:0]\n-A PREROUTING -p tcp -j ISTIO_INBOUND\nCOMMIT\n';
    assert.equal(removeText(parseRuleset(text)), null);
    assert.deepEqual(foreignMeshesIn(parseRuleset(text)), [{ mesh: 'Istio', chain: 'ISTIO_INBOUND' }]);
  });

  it('sees half a redirection', () => {
    const text = fixture('fsm-nft.txt').replace(/^.*-A PREROUTING.*\n/m, '');
    const found = redirectionIn(parseRuleset(text));
    assert.ok(!redirects(found, 'PREROUTING'));
    assert.ok(redirects(found, 'OUTPUT'));
  });
});

describe('diffRulesets', () => {
  const ruleset = (...specs: string[]) =>
    parseRuleset(['*nat', ':A - [0:0]', ...specs.map((spec) => `[1:1] -A A ${spec}`), 'COMMIT'].join('\n'));

  it('finds nothing where only counters differ', () => {
    const text = fixture('fsm-nft.txt');
    assert.deepEqual(diffRulesets(parseRuleset(text), parseRuleset(text.replaceAll('[0:0]', '[7:420]'))), []);
  });

  it('finds what came, went and moved', () => {
    const changes = diffRulesets(
      ruleset('-j a', '-j b', '-j c', '-j z'),
      ruleset('-j b', '-j a', '-j d', '-j z'),
    );
    assert.deepEqual(
      changes.map(({ kind, spec }) => `${kind} ${spec ?? ''}`),
      ['removed -j c', 'added -j d', 'moved -j b', 'moved -j a'],
    );
  });

  it('finds chains that came and went, with their rules', () => {
    const empty = parseRuleset('');
    assert.deepEqual(
      diffRulesets(empty, ruleset('-j a')).map(({ kind, chain, spec }) => [kind, chain, spec]),
      [
        ['added', 'A', null],
        ['added', 'A', '-j a'],
      ],
    );
    assert.equal(diffRulesets(ruleset('-j a'), empty).length, 2);
  });
});
