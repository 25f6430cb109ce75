import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_POLICY, parsePolicy } from '../../../src/core/policy';
import { compare, describeDisagreement, type Side } from '../../parity/compare';
import { DIFFERENCES } from '../../parity/differences';
import { UNREACHABLE } from '../../parity/network';
import type { Connection, Outcome } from '../../parity/outcome';
import type { Settings } from '../../parity/policies';
import { useStages } from '../../parity/trio';

const OUT: Connection = {
  ...{ direction: 'outbound', uid: 1000, family: 4, to: '10.50.0.9', port: 80, from: null, device: null },
};
const IN: Connection = { ...OUT, direction: 'inbound', to: '10.88.0.1', from: '10.50.0.9' };

const policyOf = (settings: Settings) => parsePolicy(settings).policy ?? assert.fail('no policy');

/** Connections that were decided differently once, or that the random ones seldom meet. */
const CASES: { name: string; settings: Settings; connections: Connection[] }[] = [
  {
    name: 'answer for an excluded source at the inbound port itself',
    settings: { inboundSourceExclusions: ['10.50.0.0/16', 'fd50::/16'] },
    connections: [
      { ...IN, port: 15003 },
      { ...IN, port: 15003, family: 6, to: 'fd88::3', from: 'fd50::9' },
      { ...IN, port: 15003, from: '10.60.0.9' },
    ],
  },
  {
    name: 'split more ports than one rule takes',
    settings: { outboundPortExclusions: Array.from({ length: 40 }, (_, number) => `${7970 + 2 * number}`) },
    connections: [8000, 8001, 8002, 8003, 8008, 8009, 8016, 8031, 8032].map((port) => ({ ...OUT, port })),
  },
  {
    name: 'keep an IPv6 range of everything from IPv4-mapped destinations',
    settings: { outboundIpRangeExclusions: ['::/0'] },
    connections: [
      { ...OUT, family: 6 },
      { ...OUT, family: 6, to: 'fd50::9' },
    ],
  },
  {
    name: 'take connect(2) to no address for one to loopback',
    settings: { podIpMode: true },
    connections: [1000, 1500].flatMap((uid) => [
      { ...OUT, uid, to: '0.0.0.0' },
      { ...OUT, uid, to: '0.0.0.0', family: 6 },
      { ...OUT, uid, to: '::', family: 6 },
    ]),
  },
];

/** The differences that docs/modes-compared.md has a heading for. */
const documented = new Set(
  readFileSync(join(import.meta.dirname, '../../../docs/modes-compared.md'), 'utf8')
    .split('\n')
    .flatMap((line) => /^### (.*)$/.exec(line)?.[1] ?? []),
);

/** What both ends say of a connection that eBPF mode led to the outbound port. */
const redirected = (to: string): Outcome => ({
  client: { peer: `${to}:80`, local: '127.0.0.1:*', original: `${to}:80`, original6: 'EOPNOTSUPP' },
  server: {
    by: 'sidecar:15001',
    ...{ peer: '127.0.0.1:*', local: '127.0.0.1:15001', original: `${to}:80`, original6: 'EOPNOTSUPP' },
  },
});

describe('iptables mode and eBPF mode, connection by connection', () => {
  const stages = useStages('apart');

  for (const { name, settings, connections } of CASES)
    it(name, async () => {
      const disagreements = await compare(stages(), policyOf(settings), connections, new Map());
      assert.equal(disagreements.length, 0, `\n${disagreements.map(describeDisagreement).join('\n')}`);
    });

  // What iptables mode refuses before any rule is asked has no outcome to compare: these differences stand alone.
  for (const { name, connection, error } of [
    {
      name: 'no route to the destination',
      connection: { ...OUT, to: UNREACHABLE.ipv4 },
      error: 'EHOSTUNREACH',
    },
    { name: 'bound to a loopback address', connection: { ...OUT, from: '127.0.0.1' }, error: 'EINVAL' },
  ])
    it(`differ as documented: ${name}`, async () => {
      const { nft, legacy, ebpf } = stages();
      for (const stage of [nft, legacy, ebpf]) await stage.apply(DEFAULT_POLICY);
      for (const stage of [nft, legacy]) assert.deepEqual(await stage.connect([connection]), [{ error }]);
      assert.deepEqual(await ebpf.connect([connection]), [redirected(connection.to)]);
      assert.ok(documented.has(name));
    });

  for (const mode of ['nft', 'legacy', 'ebpf'] as const)
    it(`are not taken for equal where ${mode} has another policy`, async () => {
      const all = stages();
      const strange = policyOf({ outboundPortExclusions: ['80'], inboundPortExclusions: ['80'] });
      const side: Side = {
        facts: all[mode].facts,
        apply: () => all[mode].apply(strange),
        connect: (connections) => all[mode].connect(connections),
      };
      const asked = [OUT, IN, { ...OUT, port: 443 }];
      const disagreements = await compare({ ...all, [mode]: side }, DEFAULT_POLICY, asked, new Map());
      assert.deepEqual(
        disagreements.map(({ connection }) => connection),
        [OUT, IN],
      );
    });
});

describe('docs/modes-compared.md', () => {
  it('names every difference that the comparison knows', () => {
    for (const { name } of DIFFERENCES) assert.ok(documented.has(name), name);
  });
});
