import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  fromHex,
  hookCounts,
  mapNames,
  mapTable,
  mapsFromPolicy,
  toHex,
  u32Hex,
  valueText,
  withNames,
  type PolicyMap,
} from '../../../src/core/ebpf';
import { COUNTERS, ORIGIN_ROLES, PORT_SET_SIZE, SETTINGS } from '../../../src/core/ebpf/layout';
import type { BtfType, MapInfo } from '../../../src/core/model';
import { addressText, containsAddress, parseAddress, parseRange, withoutMapped } from '../../../src/core/net';
import { parsePolicy } from '../../../src/core/policy';
import { Btf } from './btf';

const btf = new Btf(readFileSync(new URL('../../../bpf/prebuilt/redirect.bpf.o', import.meta.url)));
const u32: BtfType = { kind: 'int', name: 'unsigned int', size: 4, signed: false };
const u64: BtfType = { kind: 'int', name: 'unsigned long long', size: 8, signed: false };
const u8: BtfType = { kind: 'int', name: 'unsigned char', size: 1, signed: false };

function map(name: string, type: string, sizes: Partial<MapInfo> = {}): MapInfo {
  return { id: 1, name, type, keySize: 4, valueSize: 8, maxEntries: 16, memory: 0, ...sizes };
}

const facts = {
  cookie: '18446744073709551615',
  addresses: [{ address: '127.0.0.1' }, { address: '10.0.0.5' }, { address: 'fd00::5' }, { address: '::1' }],
  interfaces: [
    { name: 'lo', index: 1 },
    { name: 'eth0', index: 2 },
    { name: 'tun0', index: 7 },
    { name: 'tun1', index: 8 },
  ],
  podAddress: '10.0.0.5',
};

function contents(input: object, name: PolicyMap): { key: string; value: string }[] {
  const policy = parsePolicy(input).policy ?? assert.fail(JSON.stringify(parsePolicy(input).problems));
  return mapsFromPolicy(policy, facts).find(({ map }) => map === name)?.entries ?? assert.fail(name);
}

const read = (type: BtfType, hex: string | undefined): string => valueText(type, fromHex(hex ?? ''));

describe('the maps of eBPF mode', () => {
  it('have the layout of the prebuilt object', () => {
    const settings = btf.struct('settings');
    const offsets = Object.fromEntries(settings.members.map(({ name, offset }) => [name, offset]));
    assert.equal(settings.size, SETTINGS.size);
    assert.deepEqual(offsets, {
      netns_cookie: SETTINGS.netnsCookie,
      sidecar_uid: SETTINGS.sidecarUid,
      inbound_port: SETTINGS.inboundPort,
      outbound_port: SETTINGS.outboundPort,
      only_included_ranges: SETTINGS.onlyIncludedRanges,
      pod_ip_mode: SETTINGS.podIpMode,
      match_gid: SETTINGS.matchGid,
      padding: SETTINGS.matchGid + 1,
      excluded_interface_count: SETTINGS.excludedInterfaceCount,
      excluded_interfaces: SETTINGS.excludedInterfaces,
      pod_address: SETTINGS.podAddress,
      sidecar_gid: SETTINGS.sidecarGid,
      padding2: SETTINGS.sidecarGid + 4,
    });
    assert.equal(btf.struct('port_set').size, PORT_SET_SIZE);
    assert.equal(btf.struct('range').size, 20);
  });

  it('name every role and counter of layout.h', () => {
    const text = readFileSync(new URL('../../../bpf/programs/layout.h', import.meta.url), 'utf8');
    const names = (prefix: RegExp): number => [...text.matchAll(prefix)].length;
    assert.equal(ORIGIN_ROLES.length, names(/^\s*ROLE_\w+ =/gm));
    const counters = /enum counter \{([^}]*)\}/.exec(text)?.[1] ?? '';
    assert.equal(COUNTERS.length, [...counters.matchAll(/^\s*\w+ = \d+/gm)].length);
  });

  it('hold the settings', () => {
    const [entry] = contents(
      { interfaceExclusions: ['tun+'], podIpMode: true, sidecarUid: 4000000000, sidecarGid: 4000000001 },
      'settings',
    );
    const table = mapTable({
      map: map('settings', 'array', { maxEntries: 1, valueSize: SETTINGS.size }),
      keyType: u32,
      valueType: btf.struct('settings'),
    });
    assert.deepEqual(table.columns, ['setting', 'value']);
    const rows = table.rowsOf({ key: entry?.key ?? '', value: entry?.value ?? '' });
    assert.deepEqual(
      rows.map(({ cells }) => cells.map(({ text }) => text).join(' = ')),
      [
        'netns cookie = 18446744073709551615',
        'sidecar uid = 4000000000',
        'inbound port = 15003',
        'outbound port = 15001',
        'only included ranges = 0',
        'pod ip mode = 1',
        'match gid = 1',
        'excluded interface count = 2',
        'excluded interfaces = [7, 8, 0]',
        'pod address = 10.0.0.5',
        'sidecar gid = 4000000001',
      ],
    );
    assert.deepEqual(
      rows.map(({ id }) => id),
      table.rowIdsOf('00000000'),
    );
  });

  it('hold port sets', () => {
    const texts = (input: object): string[] =>
      contents(input, 'port_sets').map(({ value }) => read(btf.struct('port_set'), value));
    assert.deepEqual(texts({ outboundPortExclusions: ['8000-8010', 65535], inboundPortExclusions: [1] }), [
      '8000-8010, 65535',
      '1, 22, 15010, 15901-15904',
    ]);
    assert.deepEqual(texts({ inboundPortInclusions: [80, 443] })[1], '1-79, 81-442, 444-65535');
  });

  it('hold ranges of both families, none of which takes in the other', () => {
    const texts = (list: string[]): string[] =>
      contents({ outboundIpRangeExclusions: list }, 'excluded_ranges').map(({ key }) =>
        read(btf.struct('range'), key),
      );
    assert.deepEqual(texts(['10.0.0.0/8', 'fd00::/8', '0.0.0.0/0', '192.0.2.1']), [
      '10.0.0.0/8',
      'fd00::/8',
      '0.0.0.0/0',
      '192.0.2.1/32',
    ]);
    const everything = texts(['::/0']);
    assert.equal(everything.length, 96);
    const ranges = everything.map(parseRange).flatMap((range) => ('fault' in range ? [] : [range]));
    const covers = (text: string): boolean =>
      ranges.some((range) =>
        containsAddress(
          { ...range, family: 'ipv6' },
          { family: 'ipv6', bytes: parseAddress(text)?.bytes ?? [] },
        ),
      );
    for (const address of ['::', '::1', 'fd00::1', 'ffff::', '::fffe:0:0', '::ffff:0:0:1'])
      assert.ok(covers(address), address);
    for (const address of ['10.0.0.1', '0.0.0.0', '255.255.255.255']) assert.ok(!covers(address), address);
    const half = parseRange('8000::/1');
    assert.ok(!('fault' in half));
    assert.deepEqual(withoutMapped(half), [half]);
  });

  it('know what is local', () => {
    assert.deepEqual(
      contents({}, 'local_ranges').map(({ key }) => read(btf.struct('range'), key)),
      ['127.0.0.0/8', '::1/128', '127.0.0.1/32', '10.0.0.5/32', 'fd00::5/128'],
    );
  });

  it('refuse more interfaces than they hold, and PodIP mode without an address', () => {
    const { policy } = parsePolicy({ interfaceExclusions: ['veth+'], podIpMode: true });
    assert.ok(policy);
    const interfaces = Array.from({ length: 17 }, (_, index) => ({ name: `veth${index}`, index: index + 2 }));
    assert.throws(() => mapsFromPolicy(policy, { ...facts, interfaces }), RangeError);
    assert.throws(() => mapsFromPolicy(policy, { ...facts, podAddress: null }), RangeError);
  });
});

describe('reading maps', () => {
  const address = (text: string): string => toHex(Uint8Array.from(parseAddress(text)?.bytes ?? []));
  const texts = (rows: { cells: { text: string }[] }[]): string[][] =>
    rows.map(({ cells }) => cells.map(({ text }) => text));

  it('shows a hand-over by its ends', () => {
    const table = mapTable({
      map: map('handover', 'hash', { keySize: 36, valueSize: 20 }),
      keyType: btf.struct('connection'),
      valueType: btf.struct('origin'),
    });
    assert.deepEqual(table.columns, ['client', 'sidecar', 'asked for', 'role']);
    const key = `${address('127.0.0.1')}${address('::1')}39d4993a`;
    const value = `${address('10.0.0.7')}901f0100`;
    assert.deepEqual(texts(table.rowsOf({ key, value })), [
      ['127.0.0.1:54329', '[::1]:15001', '10.0.0.7:8080', 'application'],
    ]);
  });

  it('shows socket storage and sockmaps by their sockets', () => {
    const socket = { cookie: '7', local: '127.0.0.1:15001', remote: '127.0.0.1:4', state: 'established' };
    const storage = mapTable({
      map: map('origins', 'sk_storage'),
      keyType: u32,
      valueType: btf.struct('origin'),
    });
    const value = `${address('10.0.0.7')}901f0200`;
    assert.deepEqual(storage.columns, ['socket', 'peer', 'state', 'asked for', 'role']);
    assert.deepEqual(texts(storage.rowsOf({ key: '07', value, socket })), [
      ['127.0.0.1:15001', '127.0.0.1:4', 'established', '10.0.0.7:8080', 'sidecar'],
    ]);
    const sockmap = mapTable({ map: map('listeners', 'sockmap'), keyType: u32, valueType: u64 });
    assert.deepEqual(texts(sockmap.rowsOf({ key: u32Hex(3), value: '', socket })), [
      ['3', '127.0.0.1:15001', '127.0.0.1:4', 'established'],
    ]);
  });

  it('adds up counters, by name', () => {
    const table = mapTable({ map: map('counters', 'percpu_array'), keyType: u32, valueType: u64 });
    assert.deepEqual(table.columns, ['counter', 'total']);
    const value = `${u32Hex(5)}00000000${u32Hex(7)}00000000`;
    assert.deepEqual(texts(table.rowsOf({ key: u32Hex(3), value })), [['inbound steered', '12']]);
  });

  it('shows sets of ranges without their value', () => {
    const table = mapTable({
      map: map('excluded_ranges', 'lpm_trie', { keySize: 20, valueSize: 1 }),
      keyType: btf.struct('range'),
      valueType: u8,
    });
    assert.deepEqual(texts(table.rowsOf({ key: `${u32Hex(104)}${address('10.0.0.0')}`, value: '01' })), [
      ['10.0.0.0/8'],
    ]);
  });

  it('shows what it does not know as it is, and never fails', () => {
    const table = mapTable({ map: map('x', 'hash'), keyType: null, valueType: null });
    assert.deepEqual(texts(table.rowsOf({ key: 'ff000000', value: 'abcdef' })), [['255', 'abcdef']]);
    const types: BtfType[] = [
      { kind: 'enum', name: 'e', size: 4, values: { '-1': 'MINUS', '2': 'TWO' } },
      { kind: 'array', size: 4, count: 4, element: { kind: 'int', name: 'char', size: 1, signed: true } },
      {
        kind: 'typedef',
        name: '__be16',
        size: 2,
        type: { kind: 'int', name: 'u16', size: 2, signed: false },
      },
      { kind: 'int', name: 'int', size: 4, signed: true },
      { kind: 'struct', name: 'address', size: 16, members: [] },
      { kind: 'unknown', name: '', size: 2 },
    ];
    assert.deepEqual(
      types.map((type) => read(type, 'ffffffff')),
      ['MINUS', 'ffffffff', '65535', '-1', 'ffffffff', 'ffffffff'],
    );
    assert.equal(read(types[1] ?? u8, '65746800'), 'eth');
    assert.equal(read(types[2] ?? u8, '0050'), '80');
    for (const type of types) for (const hex of ['', '0', '00', 'zz']) read(type, hex);
  });

  it('writes IPv6 addresses as RFC 5952 says', () => {
    assert.equal(addressText(parseAddress('FD00:0:0:0::0001')?.bytes ?? []), 'fd00::1');
    assert.equal(addressText(parseAddress('::ffff:10.0.0.1')?.bytes ?? []), '10.0.0.1');
  });
});

describe('what numbers of a map stand for', () => {
  const names = mapNames({
    processes: [
      { pid: 1, uid: 1500, comm: 'envoy' },
      { pid: 2, uid: 1500, comm: 'pilot-agent' },
    ],
    cookie: '77',
  });
  const named = (columns: string[], ...texts: string[]) =>
    withNames(columns, { id: 'x', cells: texts.map((text) => ({ text })) }, names).cells.map(
      ({ text }) => text,
    );

  it('is told of users and namespaces, across and downwards, and of nothing else', () => {
    assert.deepEqual(named(['uid', 'netns cookie', 'port'], '1500', '77', '1500'), [
      ...['1500 (envoy, pilot-agent)', '77 (this workload)', '1500'],
    ]);
    assert.deepEqual(named(['setting', 'value'], 'sidecar uid', '1500'), [
      ...['sidecar uid', '1500 (envoy, pilot-agent)'],
    ]);
    assert.deepEqual(named(['uid', 'netns'], '7', '78'), ['7', '78 (another workload)']);
  });

  it('sums what our hooks counted over all CPUs', () => {
    const value = `${'01'.padEnd(16, '0')}${'02'.padEnd(16, '0')}`;
    assert.deepEqual(
      hookCounts([
        { key: u32Hex(0), value },
        { key: u32Hex(99), value },
      ]),
      {
        'connect redirected': 3,
      },
    );
  });
});
