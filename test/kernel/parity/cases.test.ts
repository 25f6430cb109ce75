import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_POLICY, parsePolicy } from '../../../src/core/policy';
import { compare, describeDisagreement, type Side } from '../../parity/compare';
import { DIFFERENCES } from '../../parity/differences';
import { UNREACHABLE } from '../../parity/network';
import { endpoint, type Connection, type Outcome } from '../../parity/outcome';
import type { Settings } from '../../parity/policies';
import { useStages } from '../../parity/trio';

const OUT: Connection = {
  ...{
    direction: 'outbound',
    uid: 1000,
    gid: 1000,
    family: 4,
    to: '10.50.0.9',
    port: 80,
    from: null,
    device: null,
  },
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
    name: 'know the sidecar by its user or by its group',
    settings: { sidecarGid: 1337, podIpMode: true },
    connections: ['10.50.0.9', '10.88.0.1', '127.0.0.1'].flatMap((to) =>
      [
        { uid: 1000, gid: 1000 },
        { uid: 1000, gid: 1337 },
        { uid: 1500, gid: 1000 },
        { uid: 1500, gid: 1337 },
        { uid: 1337, gid: 1500 },
      ].map((owner) => ({ ...OUT, ...owner, to })),
    ),
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
  {
    name: 'redirect an IPv6 socket that is bound to loopback',
    settings: {},
    connections: [{ ...OUT, to: 'fd50::9', family: 6, from: '::1' }],
  },
];

/** The differences that docs/modes-compared.md has a heading for. */
const documented = new Set(
  readFileSync(join(import.meta.dirname, '../../../docs/modes-compared.md'), 'utf8')
    .split('\n')
    .flatMap((line) => /^### (.*)$/.exec(line)?.[1] ?? []),
);

/** What both ends say of a connection that eBPF mode led to the outbound port. */
function redirected({ to, port, family }: Connection): Outcome {
  const asked = endpoint(to, port);
  const loopback = family === 4 ? '127.0.0.1' : '::1';
  const answers =
    family === 4 ? { original: asked, original6: 'EOPNOTSUPP' } : { original: 'ENOENT', original6: asked };
  const source = endpoint(loopback, '*');
  return {
    client: { peer: asked, local: source, ...answers },
    server: { by: 'sidecar:15001', peer: source, local: endpoint(loopback, 15001), ...answers },
  };
}

/**
 * What iptables mode refuses before any rule is asked. It leaves no outcome to derive eBPF mode's from, so these
 * differences stand alone.
 */
const REFUSED: { name: string; connection: Connection; error: string }[] = [
  { name: 'no way to the destination', connection: { ...OUT, to: UNREACHABLE.ipv4 }, error: 'EHOSTUNREACH' },
  {
    name: 'no way to the destination',
    connection: { ...OUT, to: UNREACHABLE.ipv6, family: 6 },
    error: 'EHOSTUNREACH',
  },
  { name: 'no way to the destination', connection: { ...OUT, to: '10.88.0.255' }, error: 'ENETUNREACH' },
  { name: 'no way to the destination', connection: { ...OUT, to: '224.0.0.1' }, error: 'ENETUNREACH' },
  {
    name: 'no way to the destination',
    connection: { ...OUT, to: 'ff02::1', family: 6 },
    error: 'ENETUNREACH',
  },
  { name: 'bound to a loopback address', connection: { ...OUT, from: '127.0.0.1' }, error: 'EINVAL' },
];

describe('iptables mode and eBPF mode, connection by connection', () => {
  const stages = useStages('apart');

  for (const { name, settings, connections } of CASES)
    it(name, async () => {
      const disagreements = await compare(stages(), policyOf(settings), connections, new Map());
      assert.equal(disagreements.length, 0, `\n${disagreements.map(describeDisagreement).join('\n')}`);
    });

  for (const { name, connection, error } of REFUSED)
    it(`differ as documented: ${name} (${connection.to})`, async () => {
      const { nft, legacy, ebpf } = stages();
      for (const stage of [nft, legacy, ebpf]) await stage.apply(DEFAULT_POLICY);
      for (const stage of [nft, legacy]) assert.deepEqual(await stage.connect([connection]), [{ error }]);
      assert.deepEqual(await ebpf.connect([connection]), [redirected(connection)]);
      assert.ok(documented.has(name), name);
      const bySidecar = [{ ...connection, uid: DEFAULT_POLICY.sidecarUid }];
      for (const stage of [nft, legacy, ebpf]) {
        assert.deepEqual(await stage.connect(bySidecar), [{ error }], 'what the sidecar meets');
      }
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
