import assert from 'node:assert/strict';
import { NOTHING, HOLD, transitionText } from '../../../src/core/iptables';
import { REDIRECT_HOOKS, type Snapshot } from '../../../src/core/model';
import { DEFAULT_POLICY, parsePolicy, type Policy } from '../../../src/core/policy';
import { verdictOf } from '../../../src/core/redirect';
import { NODE_INFO } from './node-info';
import { allHooks, attachment, nft, pinned, rulesText, snapshotOf } from './observed';

const verdict = (parts: Partial<Snapshot>, policy: Policy = DEFAULT_POLICY) =>
  verdictOf(snapshotOf(parts), policy);
const OTHER_UID: Policy = { ...DEFAULT_POLICY, sidecarUid: 1501 };

describe('the verdict', () => {
  it('is none where nothing is', () => {
    const { kind, evidence, missing, differences, draining } = verdict({});
    assert.deepEqual(
      { kind, evidence, missing, differences, draining },
      {
        kind: 'none',
        evidence: [],
        missing: [],
        differences: [],
        draining: false,
      },
    );
  });

  it('is iptables with whole IPv4 rules, and names what differs from the policy', () => {
    const whole = verdict({ rulesets: [nft(rulesText('ipv4'))] });
    assert.deepEqual([whole.kind, whole.differences], ['iptables', []]);
    assert.match(whole.evidence.join(), /IPv4 rules in nft, written by Mesh Redirect/);
    const other = verdict({ rulesets: [nft(rulesText('ipv4', undefined, OTHER_UID))] });
    assert.deepEqual(
      [other.kind, other.differences],
      ['iptables', ['IPv4 rules in nft are not those of the policy.']],
    );
    const twice = verdict({
      rulesets: [nft(rulesText('ipv4', (text) => text.replace(/^-A OUTPUT.*$/m, '$&\n$&')))],
    });
    assert.match(twice.differences.join(), /entered twice: OUTPUT/);
    const both = verdict({
      rulesets: [nft(rulesText('ipv4')), { ...nft(rulesText('ipv4')), backend: 'legacy' }],
    });
    assert.deepEqual([both.kind, both.differences], ['iptables', ['Both back-ends hold IPv4 rules.']]);
    assert.deepEqual(both.uncertain, []);
  });

  it('is uncertain where both back-ends redirect to other ports, and says that the kernel does not tell the order', () => {
    const istio = `*nat
:OUTPUT ACCEPT [0:0]
:ISTIO_REDIRECT - [0:0]
-A OUTPUT -p tcp -j ISTIO_REDIRECT
-A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 15002
COMMIT
`;
    const beside = (text: string) =>
      verdict({ rulesets: [nft(rulesText('ipv4')), { ...nft(text), backend: 'legacy' }] });
    assert.deepEqual(beside(istio).uncertain, [
      'IPv4 rules of both back-ends redirect, those in nft to 15001, 15003, those in legacy to 15002; the kernel does not tell which of them it asks first.',
    ]);
    const service = '-A OUTPUT -d 10.0.0.9/32 -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 9000';
    assert.deepEqual(beside(`*nat\n:OUTPUT ACCEPT [0:0]\n${service}\nCOMMIT\n`).uncertain, []);
    assert.deepEqual(verdict({ rulesets: [nft(istio)] }).uncertain, []);
  });

  it('is partial with half of the rules, and says which half is missing', () => {
    const half = verdict({
      rulesets: [nft(rulesText('ipv4', (text) => text.replace(/^-A PREROUTING.*\n/m, '')))],
    });
    assert.equal(half.kind, 'partial');
    assert.match(half.missing.join(), /PREROUTING.*inbound/);
    const only6 = verdict({ rulesets: [nft(rulesText('ipv6'), 'ipv6')] });
    assert.deepEqual([only6.kind, only6.missing], ['partial', ['The IPv4 rules are missing.']]);
  });

  it('is ebpf with all hooks pinned for this workload, partial with some, none with another’s', () => {
    assert.equal(verdict({ attachments: allHooks }).kind, 'ebpf');
    const some = verdict({ attachments: allHooks.filter(({ hook }) => hook !== 'sk_lookup') });
    assert.deepEqual([some.kind, some.missing], ['partial', ['sk_lookup is not attached.']]);
    const others = verdict({ attachments: REDIRECT_HOOKS.map((hook) => pinned(hook, 'c6')) });
    assert.deepEqual([others.kind, others.foreign], ['none', null]);
  });

  it('is both with both', () => {
    assert.equal(verdict({ rulesets: [nft(rulesText('ipv4'))], attachments: allHooks }).kind, 'both');
  });

  it('does not mind what stays for older connections, and says so', () => {
    const held = verdict({ rulesets: [nft(transitionText(NOTHING, HOLD) ?? '')] });
    assert.deepEqual([held.kind, held.draining], ['none', true]);
    const answering = verdict({
      rulesets: [nft(rulesText('ipv4'))],
      attachments: [pinned('getsockopt'), pinned('sockops')],
    });
    assert.deepEqual([answering.kind, answering.draining], ['iptables', true]);
  });

  it('is foreign with another mesh’s chains or unknown programs', () => {
    const text = '*nat\n:KUMA_MESH_OUTBOUND - [0:0]\n-A OUTPUT -j KUMA_MESH_OUTBOUND\nCOMMIT\n';
    const kuma = verdict({ rulesets: [nft(text)] });
    assert.deepEqual([kuma.kind, kuma.foreign], ['foreign', 'Kuma (chain KUMA_MESH_OUTBOUND)']);
    const program = verdict({ attachments: [attachment('connect4', null)] });
    assert.deepEqual([program.kind, program.foreign], ['foreign', 'unknown (program ? (48) on connect4)']);
    assert.equal(verdict({ attachments: [attachment('sendmsg4', null)] }).kind, 'none');
  });
});

describe('rules that were changed by hand', () => {
  const rich =
    parsePolicy({
      outboundPortExclusions: [5432],
      outboundIpRangeExclusions: ['10.1.0.0/16'],
      inboundSourceExclusions: ['10.9.0.0/16'],
    }).policy ?? assert.fail();
  const lines = rulesText('ipv4', undefined, rich).split('\n');
  const ruled = (text: string, policy = rich) => verdict({ rulesets: [nft(text)] }, policy);

  it('are partial without any single one, which is named', () => {
    const whole = ruled(lines.join('\n'));
    assert.deepEqual([whole.kind, whole.missing, whole.differences], ['iptables', [], []]);
    const rules = lines.filter((line) => line.startsWith('-A'));
    assert.ok(rules.length > 15);
    for (const rule of rules) {
      const { kind, missing } = ruled(lines.filter((line) => line !== rule).join('\n'));
      assert.equal(kind, 'partial', rule);
      const alone = rules.filter((other) => other.split(' ')[1] === rule.split(' ')[1]).length === 1;
      const name = rule.split(' ')[1] ?? '';
      const told = alone && name.startsWith('FSM') ? `chain ${name} is empty.` : `missing: ${rule}`;
      assert.ok(missing.includes(`IPv4 rules in nft: ${told}`), missing.join('\n'));
    }
  });

  it('are partial without a chain, or with an empty one, by its name', () => {
    for (const name of ['FSM_PROXY_INBOUND', 'FSM_PROXY_OUT_REDIRECT']) {
      const empty = lines.filter((line) => !line.startsWith(`-A ${name} `));
      assert.match(ruled(empty.join('\n')).missing.join('\n'), new RegExp(`chain ${name} is empty`));
      const gone = empty.filter((line) => !line.includes(name));
      assert.match(ruled(gone.join('\n')).missing.join('\n'), new RegExp(`chain ${name} is missing`));
    }
  });

  it('are partial with another rule, or in another order', () => {
    const added = lines.map((line) =>
      line.startsWith('-A FSM_PROXY_IN_REDIRECT')
        ? `-A FSM_PROXY_INBOUND -s 10.0.0.1/32 -j RETURN\n${line}`
        : line,
    );
    assert.deepEqual(ruled(added.join('\n')).missing, [
      'IPv4 rules in nft: added by hand: -A FSM_PROXY_INBOUND -s 10.0.0.1/32 -j RETURN',
    ]);
    const [a, b] = lines.filter((line) => line.startsWith('-A FSM_PROXY_OUTBOUND')).slice(-3, -1);
    const turned = lines.map((line) => (line === a ? b : line === b ? a : line));
    assert.deepEqual(ruled(turned.join('\n')).missing, [
      'IPv4 rules in nft: chain FSM_PROXY_OUTBOUND is in another order.',
    ]);
  });

  it('are told from a policy that was changed: that is a difference, and not partial', () => {
    const { kind, missing, differences } = ruled(lines.join('\n'), OTHER_UID);
    assert.deepEqual([kind, missing], ['iptables', []]);
    assert.deepEqual(differences, ['IPv4 rules in nft are not those of the policy.']);
    const less = lines.filter((line) => !line.includes('10.1.0.0'));
    assert.deepEqual(ruled(less.join('\n'), OTHER_UID).missing, [
      'IPv4 rules in nft: not as they were written: rules were removed, added or changed by hand.',
    ]);
  });

  it('may be printed by another version of iptables, and be of a version of ours without a record', () => {
    const printed = lines.map((line) =>
      line
        .replace('-p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN', '-p tcp -m tcp ! --syn')
        .replace('--to-ports', '--to-port')
        .replace(
          /^(-A \S+) -o lo -m owner (.*) -m comment --comment ("[^"]*")/,
          '$1 -m comment --comment $3 -o lo -m owner $2',
        ),
    );
    assert.notDeepEqual(printed, lines);
    assert.deepEqual(ruled(printed.join('\n')).kind, 'iptables');
    const before = lines.map((line) => line.replace(/"mesh-redirect: set [0-9a-f]{8}"/, 'mesh-redirect'));
    const { kind, differences } = ruled(before.join('\n'));
    assert.deepEqual([kind, differences], ['iptables', []]);
    const less = before.filter((line) => !line.includes('10.1.0.0'));
    assert.deepEqual(ruled(less.join('\n')).kind, 'iptables');
  });

  it('do not take rules of IPv4 for missing where one of them is', () => {
    const less = lines.filter((line) => !line.includes('10.1.0.0')).join('\n');
    const both = [nft(less), nft(rulesText('ipv6', undefined, rich), 'ipv6')];
    const { kind, missing } = verdict({ rulesets: both }, rich);
    assert.deepEqual([kind, missing.length], ['partial', 1], missing.join('\n'));
  });
});

describe('who else redirects', () => {
  const program = (id: number, name: string, maps: number[] = []): Snapshot['programs'][number] => ({
    ...{ id, name, maps, type: 'cgroup_sock_addr', tag: '', translatedSize: 0, jitedSize: 0 },
    ...{ runCount: 0, runTime: 0 },
  });
  const map = (id: number, name: string): Snapshot['maps'][number] => ({
    ...{ id, name, type: 'hash', keySize: 4, valueSize: 4, maxEntries: 1, memory: 0 },
  });
  const attached = attachment('connect4', null);
  const by = (name: string, maps: string[] = []): string | null =>
    verdict({
      attachments: [attached],
      programs: [
        program(
          attached.program,
          name,
          maps.map((_, index) => index + 1),
        ),
      ],
      maps: maps.map((text, index) => map(index + 1, text)),
    }).foreign;

  it('is known by the names of programs, or of their maps', () => {
    assert.equal(by('mb_sock4_connec'), 'Merbridge (program mb_sock4_connec (48) on connect4)');
    assert.equal(by('', ['local_pod_ips']), 'Merbridge (program ? (48) on connect4)');
    assert.match(by('cil_sock4_conne') ?? '', /^Cilium/);
    assert.match(by('sock4_connect') ?? '', /^Cilium/);
    assert.match(by('calico_connect_') ?? '', /^Calico/);
    assert.match(by('prog', ['settings']) ?? '', /^unknown/);
  });

  it('is not us where we attached a program that lost its pin: that is said', () => {
    assert.match(
      by('connect4', ['settings', 'port_sets']) ?? '',
      /^Mesh Redirect, by a link .* pinned nowhere/,
    );
  });

  const rules = (...specs: string[]): Partial<Snapshot> => ({
    rulesets: [{ ...nft(['*nat', ':OWN - [0:0]', ...specs, 'COMMIT', ''].join('\n')), backend: 'legacy' }],
  });

  it('is unknown where rules of no name that we know take all TCP', () => {
    const taking = verdict(
      rules('-A OUTPUT -p tcp -j OWN', '-A OWN ! -d 127.0.0.1/32 -j REDIRECT --to-ports 9'),
    );
    assert.deepEqual([taking.kind, taking.foreign], ['foreign', 'unknown (chain nat OWN)']);
    for (const specs of [
      ['-A OUTPUT -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 8080'],
      ['-A OUTPUT -p udp -j REDIRECT --to-ports 53'],
      ['-A OUTPUT -d 10.0.0.1/32 -j OWN', '-A OWN -p tcp -j REDIRECT --to-ports 9'],
      ['-A OWN -p tcp -j REDIRECT --to-ports 9'],
    ]) {
      assert.equal(verdict(rules(...specs)).kind, 'none', specs.join());
    }
    const text = '*mangle\n-A PREROUTING -p tcp -j TPROXY --on-port 9\nCOMMIT\n';
    assert.equal(verdict({ rulesets: [nft(text)] }).foreign, 'unknown (chain mangle PREROUTING)');
  });

  it('comes with the family and the back-end, and whether it is the node’s own', () => {
    const istio = rules('-A OUTPUT -p tcp -j ISTIO_OUTPUT', '-A ISTIO_OUTPUT -j REDIRECT --to-ports 15001');
    const both = { rulesets: [...(istio.rulesets ?? []), nft(rulesText('ipv4'))] };
    const { evidence, foreign } = verdictOf(snapshotOf(both), DEFAULT_POLICY, [], NODE_INFO.iptables);
    assert.equal(foreign, 'Istio (chain ISTIO_OUTPUT)');
    assert.match(
      evidence.join('\n'),
      /^IPv4 rules in legacy \(not the node’s default\): Istio, chain ISTIO_OUTPUT\.$/m,
    );
    assert.match(evidence.join('\n'), /^IPv4 rules in nft \(the node’s default\), written by Mesh Redirect/m);
  });
});
