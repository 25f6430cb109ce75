import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { mapsFromPolicy } from '../../../src/core/ebpf';
import { DEFAULT_POLICY } from '../../../src/core/policy';
import type { MapEntry } from '../../../src/core/model';
import { TestAgent, refused } from './harness';
import { Pod } from './pod';
import { loadRedirect, removePins } from './redirect-object';

const u32 = (value: number): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes.toString('hex');
};
/** Key of `handover` number `index`, and a value of it. */
const handover = (index: number) => ({
  key: u32(index).padEnd(72, '0'),
  value: u32(index).padEnd(40, 'a'),
});

describe('maps', () => {
  let agent: TestAgent;
  let pod: Pod;
  let workload: string;
  let cookie: string;
  let redirect: Awaited<ReturnType<typeof loadRedirect>>;
  beforeEach(async () => {
    pod = await Pod.make('maps');
    agent = new TestAgent();
    const { id, cookie: given } = await agent.workload(pod.name);
    workload = id;
    cookie = given ?? assert.fail('the kernel gives no netns cookies');
    redirect = await loadRedirect(agent, workload);
  });
  afterEach(async () => {
    await agent.stop();
    await pod.remove();
    await removePins(workload);
  });

  const dump = (name: string, cursor: string | null = null, limit = 100) =>
    agent.client.request('maps/dump', { map: redirect.map(name), cursor, limit });
  const update = (name: string, set: { key: string; value: string }[], deleted: string[] = []) =>
    agent.client.request('maps/update', { map: redirect.map(name), set, delete: deleted });
  const facts = () => ({ cookie, addresses: [], interfaces: [], podAddress: null });

  it('dumps an array with the types of its BTF', async () => {
    const { map, keyType, valueType, entries, next } = await dump('settings');
    assert.deepEqual([map.name, map.type, map.keySize, map.maxEntries], ['settings', 'array', 4, 1]);
    assert.ok(map.memory > 0);
    assert.equal(next, null);
    assert.equal(entries.length, 1);
    assert.equal(entries[0]?.key, u32(0));
    assert.deepEqual(keyType, {
      kind: 'typedef',
      name: '__u32',
      size: 4,
      type: { kind: 'int', name: 'unsigned int', size: 4, signed: false },
    });
    assert.ok(valueType?.kind === 'struct');
    assert.equal(valueType.name, 'settings');
    assert.equal(valueType.size, map.valueSize);
    const port = valueType.members.find(({ name }) => name === 'inbound_port');
    assert.equal(port?.offset, 12);
    assert.equal(port.type.size, 2);
  });

  it('dumps a hash page by page, each entry once', async () => {
    const all = Array.from({ length: 250 }, (_, index) => handover(index));
    await update('handover', all);
    const found: MapEntry[] = [];
    let cursor: string | null = null;
    let pages = 0;
    do {
      const { entries, next } = await dump('handover', cursor, 100);
      found.push(...entries);
      cursor = next;
      pages += 1;
    } while (cursor !== null);
    assert.equal(pages, 3);
    const byKey = (a: MapEntry, b: MapEntry): number => a.key.localeCompare(b.key);
    assert.deepEqual(found.sort(byKey), all.sort(byKey));
  });

  it('sets and deletes, and passes over what is not there', async () => {
    await update('handover', [handover(1), handover(2)]);
    await update('handover', [handover(3)], [handover(1).key, handover(9).key]);
    const { entries } = await dump('handover');
    assert.deepEqual(entries.map(({ key }) => key).sort(), [handover(2).key, handover(3).key]);
  });

  it('dumps an LPM trie', async () => {
    const range = (length: number, first: string): string =>
      u32(96 + length) + `${'0'.repeat(20)}ffff${first}`;
    const ranges = [range(8, '0a000000'), range(16, 'c0a80000'), range(32, '0a000001')];
    await update(
      'excluded_ranges',
      ranges.map((key) => ({ key, value: '01' })),
    );
    const { map, entries } = await dump('excluded_ranges');
    assert.equal(map.type, 'lpm_trie');
    assert.deepEqual(entries.map(({ key }) => key).sort(), [...ranges].sort());
  });

  it('gives the first pages of maps by their names, of programs that are attached', async () => {
    const named = async (names: string[], limit = 100) =>
      (await agent.client.request('maps/named', { workload, names, limit })).pages;
    const contents = mapsFromPolicy(DEFAULT_POLICY, facts());
    const { load, map } = await loadRedirect(agent, workload, contents);
    assert.deepEqual(await named(['settings']), []);
    await agent.client.request('bpf/attach', { workload, load, programs: ['connect4'] });
    const pages = await named(['settings', 'port_sets', 'no such map'], 1);
    assert.deepEqual(
      pages.map((page) => page.map.id).sort((a, b) => a - b),
      [map('settings'), map('port_sets')].sort((a, b) => a - b),
    );
    for (const page of pages) {
      const params = { map: page.map.id, cursor: null, limit: 1 };
      assert.deepEqual(page, await agent.client.request('maps/dump', params));
    }
    assert.ok(
      pages.some(({ next }) => next !== null),
      'each map fits into a page',
    );
    await refused(
      agent.client.request('maps/named', { workload: 'c0', names: [], limit: 1 }),
      'no-such-workload',
    );
  });

  it('dumps the values of all CPUs of a percpu map', async () => {
    const { map, entries } = await dump('counters');
    assert.equal(map.type, 'percpu_array');
    assert.equal(entries.length, map.maxEntries);
    const [first] = entries;
    const cpus = (first?.value.length ?? 0) / 16;
    assert.ok(Number.isInteger(cpus) && cpus >= availableParallelism());
    const value = '0100000000000000'.repeat(cpus);
    await update('counters', [{ key: first?.key ?? '', value }]);
    assert.equal((await dump('counters')).entries[0]?.value, value);
  });

  it('adopts listeners into a sockmap, each once, and names them by their sockets', async () => {
    await pod.startNode(`import net from 'node:net';
      const listen = (host, ipv6Only) => new Promise((done) =>
        net.createServer().listen({ port: 15003, host, ipv6Only }, done));
      await listen('0.0.0.0'); await listen('::', true); console.log('ready');`);
    const map = redirect.map('listeners');
    const adopt = (port: number) =>
      agent.client.request('listeners/adopt', { workload, map, port, slots: { first: 0, count: 16 } });
    assert.deepEqual(await adopt(15004), { adopted: 0 });
    assert.deepEqual(await adopt(15003), { adopted: 2 });
    assert.deepEqual(await adopt(15003), { adopted: 0 });
    const { entries } = await dump('listeners');
    const names = entries.map(({ socket }) => [socket?.local, socket?.state]);
    assert.deepEqual(names.sort(), [
      ['0.0.0.0:15003', 'LISTEN'],
      ['[::]:15003', 'LISTEN'],
    ]);
    for (const { value, socket } of entries)
      assert.equal(Buffer.from(value, 'hex').readBigUInt64LE().toString(), socket?.cookie);
  });

  it('says when a sockmap has no free slot', async () => {
    await pod.startNode(`import net from 'node:net';
      const listen = (host, ipv6Only) => new Promise((done) =>
        net.createServer().listen({ port: 15003, host, ipv6Only }, done));
      await listen('0.0.0.0'); await listen('::', true); console.log('ready');`);
    const slots = { first: 3, count: 1 };
    const params = { workload, map: redirect.map('listeners'), port: 15003, slots };
    await refused(agent.client.request('listeners/adopt', params), 'system');
    await refused(
      agent.client.request('listeners/adopt', { ...params, map: redirect.map('handover') }),
      'wrong-params',
    );
  });

  it('dumps a sk_storage by socket, with the destination that was asked for', async () => {
    const contents = mapsFromPolicy(DEFAULT_POLICY, facts());
    const { load, map } = await loadRedirect(agent, workload, contents);
    await agent.client.request('bpf/attach', { workload, load, programs: ['connect4'] });
    await pod.run(['ip', 'route', 'add', '192.0.2.0/24', 'dev', 'lo']);
    await pod.startNode(`import net from 'node:net';
      const sidecar = net.createServer().listen(15001, '127.0.0.1');
      await new Promise((done) => sidecar.once('listening', done));
      net.connect(8080, '192.0.2.7').once('connect', () => console.log('ready'));`);
    const {
      map: info,
      keyType,
      valueType,
      entries,
    } = await agent.client.request('maps/dump', {
      map: map('origins'),
      cursor: null,
      limit: 10,
    });
    assert.equal(info.type, 'sk_storage');
    assert.equal(keyType?.size, 8);
    assert.ok(valueType?.kind === 'struct');
    const [entry] = entries;
    assert.equal(entries.length, 1);
    assert.equal(entry?.socket?.remote, '127.0.0.1:15001');
    assert.equal(entry.socket.state, 'ESTABLISHED');
    assert.equal(Buffer.from(entry.key, 'hex').readBigUInt64LE().toString(), entry.socket.cookie);
    const value = Buffer.from(entry.value, 'hex');
    assert.equal(value.length, info.valueSize);
    assert.equal(value.subarray(0, 16).toString('hex'), `${'0'.repeat(20)}ffffc0000207`);
    assert.equal(value.readUInt16LE(16), 8080);
  });

  it('lists the open connections of some ports', async () => {
    await pod.startNode(`import net from 'node:net';
      const server = net.createServer().listen(7001, '::');
      await new Promise((done) => server.once('listening', done));
      net.connect(7001, '127.0.0.1').once('connect', () =>
        net.connect(7001, '::1').once('connect', () => console.log('ready')));`);
    const list = async (ports: number[] | null) =>
      (await agent.client.request('connections/list', { workload, ports })).connections;
    assert.deepEqual(await list([7002]), []);
    // Both ends of each are in this namespace.
    assert.equal((await list(null)).length, 4);
    const found = (await list([7001, 7002])).map(({ family, localAddress, localPort, remoteAddress }) => [
      family,
      localAddress,
      localPort,
      remoteAddress,
    ]);
    assert.deepEqual(found.sort(), [
      ['ipv4', '127.0.0.1', 7001, '127.0.0.1'],
      ['ipv6', '::1', 7001, '::1'],
    ]);
  });

  it('refuses maps that are not there, and keys and values that do not fit', async () => {
    const absent = { map: 0x7fffffff, cursor: null, limit: 1 };
    const { data } = await refused(agent.client.request('maps/dump', absent), 'no-such-map');
    assert.equal(data['map'], 0x7fffffff);
    for (const [cursor, limit] of [
      ['00', 1],
      ['zz', 1],
      [null, 0],
      [null, 1_000_000],
    ] as const)
      await refused(dump('handover', cursor, limit), 'wrong-params');
    await refused(update('handover', [{ key: '00', value: '00' }]), 'wrong-params');
    await refused(update('handover', [], ['00']), 'wrong-params');
    await refused(update('settings', [], [u32(0)]), 'system');
  });
});
