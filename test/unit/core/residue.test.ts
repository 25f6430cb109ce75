import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { NOTHING, HOLD, transitionText } from '../../../src/core/iptables';
import type { EstablishedConnection, NodeResidue, Snapshot } from '../../../src/core/model';
import { DEFAULT_POLICY } from '../../../src/core/policy';
import { residueOf, residueText, type Finding, type ObservedWorkload } from '../../../src/core/residue';
import { NODE_INFO } from './node-info';
import { ACCELERATION, allHooks, listener, nft, pinned, rulesText, snapshotOf } from './observed';

const EMPTY: NodeResidue = { pins: [], links: [], files: [], journals: [] };
const FSM = readFileSync(new URL('../../fixtures/iptables/fsm-nft.txt', import.meta.url), 'utf8');
const UNSERVED: Partial<Snapshot> = { listeners: [] };

const observed = (parts: Partial<Snapshot>, more: Partial<ObservedWorkload> = {}): ObservedWorkload => ({
  snapshot: snapshotOf(parts),
  policy: DEFAULT_POLICY,
  connections: [],
  origins: 0,
  hookPorts: [15001, 15003],
  ...more,
});

const found = (
  parts: Partial<Snapshot>,
  more: Partial<ObservedWorkload> = {},
  node: Partial<NodeResidue> = {},
): Finding[] => residueOf({ ...EMPTY, ...node }, [observed(parts, more)], NODE_INFO.iptables);

const titles = (findings: Finding[]): string[] =>
  findings.map(({ title, ticked }) => `${ticked ? 'x' : '-'} ${title}`);
const textOf = (finding: Finding | undefined): string => {
  const [removal] = finding?.removal ?? [];
  return removal?.verb === 'iptables/restore' ? removal.params.text : assert.fail(removal?.verb);
};

const connection: EstablishedConnection = {
  ...{ family: 'ipv4', localAddress: '10.0.0.5', localPort: 15003 },
  ...{ remoteAddress: '10.0.0.9', remotePort: 4000, uid: 1500 },
};

describe('residue of rules', () => {
  it('is not what is in use and whole, whoever wrote it', () => {
    for (const text of [rulesText('ipv4'), FSM]) assert.deepEqual(found({ rulesets: [nft(text)] }), []);
    assert.deepEqual(found({ attachments: allHooks }), []);
  });

  it('is what leads to ports at which nobody listens, in each spelling', () => {
    const spelled = (text: string, from: RegExp, to: (name: string) => string): string =>
      text.replaceAll(from, (_, name: string) => to(name));
    const NAMES = /FSM_PROXY_(IN_REDIRECT|INBOUND|OUT_REDIRECT|OUTBOUND)/g;
    const guide = (name: string): string =>
      `PROXY_${name.replace('OUTBOUND', 'OUTPUT').replace('OUT_REDIRECT', 'REDIRECT')}`;
    for (const [spelling, text] of [
      ['FSM_PROXY_*', FSM],
      ['fsm_PROXY_*', spelled(FSM, NAMES, (name) => `fsm_PROXY_${name}`)],
      ['PROXY_*', spelled(FSM, NAMES, guide)],
    ] as const) {
      const findings = found({ ...UNSERVED, rulesets: [nft(text)] });
      assert.deepEqual(titles(findings), [
        `x pod: FSM’s IPv4 rules in nft (${spelling}) lead to port 15003 and 15001, where nobody listens`,
      ]);
      const rules = text.split('\n').filter((line) => line.includes('-A '));
      assert.equal(findings[0]?.details.length, rules.length);
      const lines = textOf(findings[0]).split('\n');
      assert.equal(lines.filter((line) => line.startsWith('-D')).length, 3);
      assert.equal(lines.filter((line) => line.startsWith('-X')).length, 4);
    }
  });

  it('keeps the hold for connections that it has translated', () => {
    const [finding] = found({ ...UNSERVED, rulesets: [nft(FSM)] }, { connections: [connection] });
    assert.match(finding?.title ?? '', /1 open connection will be kept translated/);
    assert.match(textOf(finding), /-A FSM_PROXY_HOLD/);
  });

  it('is a hold without connections, and chains that lead nowhere', () => {
    const hold = { rulesets: [nft(transitionText(NOTHING, HOLD) ?? '')] };
    assert.deepEqual(titles(found(hold)), [
      'x pod: Mesh Redirect’s IPv4 rules in nft (FSM_PROXY_HOLD) hold connections of which none is left',
    ]);
    assert.deepEqual(found(hold, { connections: [connection] }), []);
    const stray = FSM.replace('*nat', '*nat\n:PROXY_INBOUND - [0:0]');
    const findings = found({ rulesets: [nft(stray)] });
    assert.deepEqual(titles(findings), ['x pod: FSM’s IPv4 rules in nft (PROXY_*) lead nowhere']);
    assert.equal(textOf(findings[0]), '*nat\n:PROXY_INBOUND - [0:0]\n-X PROXY_INBOUND\nCOMMIT\n');
  });

  it('is what stands in the other back-end beside rules that work', () => {
    const rulesets = [nft(rulesText('ipv4')), { ...nft(FSM), backend: 'legacy' as const }];
    assert.deepEqual(titles(found({ rulesets })), [
      'x pod: FSM’s IPv4 rules in legacy (FSM_PROXY_*) stand beside those of the node’s default back-end',
    ]);
    assert.deepEqual(found({ rulesets: rulesets.slice(1) }), []);
  });

  it('is a doubled jump, of which one stays, in the place of the first', () => {
    const doubled = FSM.replace(/^.*-A (OUTPUT -p tcp.*)$/m, '$&\n-A OUTPUT -p udp -j OTHER\n-A $1');
    const findings = found({ rulesets: [nft(doubled)] });
    assert.deepEqual(titles(findings), [
      'x pod: FSM’s IPv4 rules in nft (FSM_PROXY_*) are entered more than once',
    ]);
    assert.deepEqual(findings[0]?.details, ['-A OUTPUT -p tcp -j FSM_PROXY_OUTBOUND']);
    const lines = textOf(findings[0]).split('\n');
    assert.equal(lines.filter((line) => line === '-D OUTPUT -p tcp -j FSM_PROXY_OUTBOUND').length, 2);
    assert.deepEqual(
      lines.filter((line) => line.startsWith('-I OUTPUT')).map((line) => line.slice(0, 23)),
      ['-I OUTPUT 1 -d 127.0.0.', '-I OUTPUT 2 -p tcp -j F'],
    );
    assert.deepEqual(found({ ...UNSERVED, rulesets: [nft(doubled)] }).length, 1, 'they go with all of it');
  });

  it('may be half of a redirection that is in use: it is told, and not chosen', () => {
    const half = FSM.replace(/^.*-A PREROUTING.*\n/m, '');
    assert.deepEqual(titles(found({ rulesets: [nft(half)] })), [
      '- pod: FSM’s IPv4 rules in nft (FSM_PROXY_*) are half of a redirection, outbound only; a switch to iptables repairs it',
    ]);
    const listeners = [listener('ipv4', 15001)];
    assert.match(titles(found({ listeners, rulesets: [nft(FSM)] })).join(), /^- .* port 15003, where nobody/);
  });

  it('is told of other meshes, by table, and never chosen', () => {
    const istio = [
      ...[
        '*mangle',
        ':PREROUTING ACCEPT [0:0]',
        ':ISTIO_DIVERT - [0:0]',
        '-A PREROUTING -j ISTIO_DIVERT',
        'COMMIT',
      ],
      ...['*nat', ':ISTIO_OUTPUT - [0:0]', '-A OUTPUT -p tcp -j ISTIO_OUTPUT', '-A OUTPUT -j MINE'],
      ...['-A ISTIO_OUTPUT -p tcp -j REDIRECT --to-ports 15001', 'COMMIT', ''],
    ].join('\n');
    assert.deepEqual(found({ rulesets: [nft(istio)] }), []);
    const [finding, ...more] = found({ ...UNSERVED, rulesets: [nft(istio)] });
    assert.deepEqual(
      [finding?.title, finding?.ticked, more],
      ['pod: Istio’s IPv4 rules in nft lead to port 15001, where nobody listens', false, []],
    );
    assert.deepEqual(
      finding?.removal.map(({ params }) => ('text' in params ? params.text : '')),
      [
        '*mangle\n-D PREROUTING -j ISTIO_DIVERT\n:ISTIO_DIVERT - [0:0]\n-X ISTIO_DIVERT\nCOMMIT\n',
        '*nat\n-D OUTPUT -p tcp -j ISTIO_OUTPUT\n:ISTIO_OUTPUT - [0:0]\n-X ISTIO_OUTPUT\nCOMMIT\n',
      ],
    );
  });
});

describe('residue beside rules', () => {
  const journal = {
    switch: 'ab',
    workload: 'c5',
    title: 'Switch to eBPF',
    holder: 'alice@laptop',
    started: 0,
  };

  it('is hooks that answer for nobody, that lead nowhere, or that are there in part', () => {
    const answering = { attachments: [pinned('getsockopt'), pinned('sockops')] };
    assert.match(
      titles(found(answering)).join(),
      /^x pod: hooks answer for connections of which none is left$/,
    );
    assert.deepEqual(found(answering, { origins: 2 }), []);
    assert.match(titles(found({ ...UNSERVED, attachments: allHooks })).join(), /^x .* port 15001 and 15003/);
    const part = allHooks.filter(({ hook }) => hook !== 'sk_lookup');
    assert.match(titles(found({ attachments: part })).join(), /^- .* in part, without sk_lookup/);
    const pins = [{ workload: 'c5', hooks: ['connect4'], gone: false, accelerated: false }];
    assert.match(titles(found({}, {}, { pins })).join(), /^x pod: pins are left of hooks/);
    const empty = [{ workload: 'c5', hooks: [], gone: false, accelerated: false }];
    assert.match(titles(found({}, {}, { pins: empty })).join(), /^x pod: an empty directory of pins/);
    const used = [
      { workload: 'c5', hooks: allHooks.map(({ hook }) => hook), gone: false, accelerated: false },
    ];
    assert.deepEqual(found({ attachments: allHooks }, {}, { pins: used }), []);
    const accelerated = [{ workload: 'c5', hooks: [], gone: false, accelerated: true }];
    const without = found({ acceleration: ACCELERATION }, {}, { pins: accelerated });
    assert.match(titles(without).join(), /^x pod: it is accelerated without being in eBPF mode$/);
    const cut = found({}, {}, { pins: accelerated });
    assert.match(
      titles(cut).join(),
      /^x pod: turning acceleration on or off was cut off, and has left its links$/,
    );
    assert.deepEqual(cut[0]?.removal, [{ verb: 'acceleration/stop', params: { workload: 'c5' } }]);
  });

  it('is pins of workloads that are gone, links, files, and journals that nobody keeps', () => {
    const findings = found(
      {},
      {},
      {
        pins: [{ workload: 'c9', hooks: ['connect4', 'sockops'], gone: true, accelerated: false }],
        links: [{ id: 7, hook: 'connect4', program: 'connect4' }],
        files: [{ path: '/var/lib/mesh-redirect/old', size: 1 }],
        journals: [
          { ...journal, state: 'applying', kept: false },
          { ...journal, switch: 'cd', workload: 'c6', state: 'closing', kept: true },
        ],
      },
    );
    assert.deepEqual(
      findings.map(({ id }) => id),
      ['journal/c5/ab', 'pins/c9', 'link/7', 'file//var/lib/mesh-redirect/old'],
    );
    assert.ok(findings.every(({ ticked, removal }) => ticked && removal.length === 1));
  });

  it('is not what a switch needs that somebody keeps', () => {
    const journals = [{ ...journal, state: 'closing' as const, kept: true }];
    assert.deepEqual(found({ ...UNSERVED, rulesets: [nft(FSM)] }, {}, { journals }), []);
  });

  it('is written out for a person, as it is and as it would go', () => {
    assert.match(residueText([]), /Nothing was found/);
    const text = residueText(
      found({ ...UNSERVED, rulesets: [nft(FSM)] }, {}, { files: [{ path: '/x', size: 2 }] }),
    );
    for (const line of ['[x] A file that is not needed any more: /x', '    /x (2 bytes)', '    rm /x']) {
      assert.ok(text.split('\n').includes(line), line);
    }
    assert.ok(text.includes("    iptables-nft-restore --noflush <<'END'\n    *nat\n    -D PREROUTING"));
  });
});
