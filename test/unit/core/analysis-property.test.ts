import assert from 'node:assert/strict';
import fc from 'fast-check';
import { explainConnection, parseRuleset, type Connection } from '../../../src/core';
import { analyseRuleset } from '../../../src/core/analysis';
import { DEFAULT_POLICY } from '../../../src/core/policy';

const CHAINS = ['A', 'B'];

/** At most one of each kind: few values, so that rules often cover each other. */
const matches = fc
  .tuple(
    fc.constantFrom('', '', '-p tcp'),
    fc.constantFrom(
      '',
      '-d 10.0.0.0/8',
      '-d 10.1.0.0/16',
      '-d 10.1.2.3/32',
      '! -d 10.1.0.0/16',
      '! -d 10.1.2.3/32',
    ),
    fc.constantFrom('', '-o lo', '-o eth+', '-o eth0', '! -o eth0'),
    fc.constantFrom(
      '',
      '--dport 80',
      '--dport 80:90',
      '--dports 79,85:90',
      '! --dport 85',
      '! --dports 1:84',
    ),
    fc.constantFrom('', '--uid-owner 1500', '! --uid-owner 1500', '--uid-owner 1000-2000'),
  )
  .map((parts) => parts.filter((part) => part !== '').join(' '));

const rule = (targets: string[]) =>
  fc.tuple(matches, fc.constantFrom(...targets)).map(([asked, target]) => `${asked} ${target}`);

const ENDS = ['-j ACCEPT', '-j RETURN', '-j LOG', '-j REDIRECT --to-ports 1'];
const rules = (targets: string[]) => fc.array(rule([...ENDS, ...targets]), { minLength: 1, maxLength: 8 });

const connection: fc.Arbitrary<Connection> = fc.record({
  direction: fc.constant('outbound' as const),
  uid: fc.constantFrom(0, 1000, 1500, 2000, 2001),
  gid: fc.constant(0),
  source: fc.constant('10.9.9.9'),
  sourcePort: fc.constant(40000),
  destination: fc.constantFrom('10.1.2.3', '10.1.2.4', '10.2.0.1', '192.0.2.1'),
  destinationPort: fc.constantFrom(1, 79, 80, 84, 85, 86, 90, 91, 65535),
  interface: fc.constantFrom('lo', 'eth0', 'eth1'),
  boundInterface: fc.constant(null),
});

describe('analysis: what is said for certain', () => {
  it('is so for every connection through random rules', () => {
    let said = 0;
    fc.assert(
      fc.property(
        rules(['-j A', '-g A', '-j B']),
        rules(['-j B', '-g B']),
        rules([]),
        fc.array(connection, { minLength: 8, maxLength: 40 }),
        (output, a, b, connections) => {
          let number = 0;
          const lines = Object.entries({ OUTPUT: output, A: a, B: b }).flatMap(([chain, specs]) =>
            specs.map((spec) => `-A ${chain} -m comment --comment r${number++}. ${spec}`),
          );
          const text = [
            '*nat',
            ':OUTPUT ACCEPT [0:0]',
            ...CHAINS.map((name) => `:${name} - [0:0]`),
            ...lines,
          ].join('\n');
          const ruleset = parseRuleset(text);
          const passed = new Map<string, boolean>();
          for (const one of connections) {
            for (const { text: spec, matched } of explainConnection(
              { mode: 'iptables', ruleset },
              DEFAULT_POLICY,
              one,
            ).steps) {
              const name = / (r\d+\.)/.exec(spec)?.[1] ?? '';
              passed.set(name, passed.get(name) === true || matched === true);
            }
          }
          for (const { kind, certain, place } of analyseRuleset(ruleset)) {
            assert.ok(certain);
            said++;
            const inChain = (chain: string) =>
              text
                .split('\n')
                .flatMap((line) => new RegExp(`^-A ${chain} .* (r\\d+\\.)`).exec(line)?.[1] ?? []);
            if (kind === 'unused-chain' || kind === 'unreachable-chain') {
              for (const name of inChain(place.chain))
                assert.ok(!passed.get(name), `${text}\n${place.chain}`);
              continue;
            }
            const name = / (r\d+\.)/.exec(text.split('\n')[place.line] ?? '')?.[1] ?? '';
            if (kind === 'dead') assert.ok(!passed.has(name), `${text}\n${name} is asked`);
            if (kind === 'shadowed') assert.ok(!passed.get(name), `${text}\n${name} matches`);
          }
        },
      ),
      { numRuns: 1200 },
    );
    assert.ok(said > 400, String(said));
  });
});
