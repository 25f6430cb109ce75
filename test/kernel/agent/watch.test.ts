import assert from 'node:assert/strict';
import { mapsFromPolicy } from '../../../src/core/ebpf';
import type { Backend } from '../../../src/core/model';
import { DEFAULT_POLICY } from '../../../src/core/policy';
import type { Params, WatchChanged } from '../../../src/nodes/agent/protocol';
import { ChainsView } from '../../../src/ui/inspector/chains';
import { TestAgent, refused, until } from './harness';
import { Pod } from './pod';
import { loadRedirect, removePins } from './redirect-object';

const RULES = `*filter
:T_AGENT - [0:0]
-A OUTPUT -o lo -j T_AGENT
-A T_AGENT -p udp -j RETURN
COMMIT
`;
const KEY = '01'.padEnd(72, '0');

type Counters = [line: number, packets: number, bytes: number][];
const countersIn = (change: WatchChanged): Counters | undefined =>
  change.rulesets?.flatMap((one) => ('counters' in one ? one.counters : []));
const textIn = (change: WatchChanged): string | undefined =>
  change.rulesets?.flatMap((one) => ('text' in one ? [one.text] : []))[0];

describe('watch', () => {
  let agent: TestAgent;
  let pod: Pod;
  let workload: string;
  beforeEach(async () => {
    pod = await Pod.make('watch');
    agent = new TestAgent();
    workload = (await agent.workload(pod.name)).id;
  });
  afterEach(async () => {
    await agent.stop();
    await pod.remove();
    await removePins(workload);
  });

  const watch = (what: Partial<Params<'watch/start'>>) =>
    agent.client.request('watch/start', {
      watch: 'w',
      workload,
      interval: 100,
      rulesets: false,
      attachments: false,
      maps: [],
      known: [],
      ...what,
    });
  /** What is seen of the watched map. */
  const see = (map: number, keys: string[], page: { after: string | null; limit: number } | null) =>
    agent.client.request('watch/visible', { watch: 'w', rulesets: [], maps: [{ map, keys, page }] });
  const PAGE = { after: null, limit: 200 };
  const restore = (text: string, backend: Backend = 'nft') =>
    agent.client.request('iptables/restore', {
      workload,
      family: 'ipv4',
      backend,
      text,
      waitSeconds: 0,
    });
  const sendPacket = () =>
    pod.run([
      process.execPath,
      '--input-type=module',
      '-e',
      `import { createSocket } from 'node:dgram';
       const socket = createSocket('udp4');
       socket.send('x', 9, '127.0.0.1', () => socket.close());`,
    ]);

  it('sends everything first, even if that is nothing', async () => {
    const { map } = await loadRedirect(agent, workload);
    // Nothing is seen of the map.
    await watch({ rulesets: true, attachments: true, maps: [map('handover')], known: [] });
    const { watch: name, taken, ...first } = await agent.change('w', () => true);
    assert.equal(name, 'w');
    assert.ok(taken !== undefined);
    assert.deepEqual(first, { rulesets: [], attachments: [] });
  });

  for (const backend of ['nft', 'legacy'] as const)
    it(`sends the text when ${backend} rules change, and only counters when packets pass`, async () => {
      await restore(RULES, backend);
      await watch({ rulesets: true });
      const rulesets = [{ family: 'ipv4' as const, backend, lines: [[0, 1000] as [number, number]] }];
      await agent.client.request('watch/visible', { watch: 'w', rulesets, maps: [] });
      const lines = (textIn(await agent.change('w', () => true)) ?? '').split('\n');
      await sendPacket();
      const change = await agent.change('w', (one) => countersIn(one) !== undefined, 1);
      assert.equal(textIn(change), undefined);
      const counted = (countersIn(change) ?? []).map(([line, packets]) => [lines[line], packets]);
      assert.ok(
        counted.some(([line, packets]) => String(line).endsWith('-p udp -j RETURN') && packets === 1),
      );
      // The nft back-end does not count for chains.
      const policies = counted.filter(([line]) => String(line).startsWith(':OUTPUT ACCEPT'));
      assert.equal(policies.length, backend === 'legacy' ? 1 : 0);
      await restore('*filter\n-A T_AGENT -p tcp -j RETURN\nCOMMIT\n', backend);
      const text = textIn(await agent.change('w', (one) => textIn(one)?.includes('-p tcp') ?? false));
      assert.match(text ?? '', /^\[1:\d+\] -A T_AGENT -p udp/m);
    });

  for (const backend of ['nft', 'legacy'] as const)
    it(`does not repeat ${backend} rules that are known, but what they count`, async () => {
      await restore(RULES, backend);
      const { rulesets } = await agent.client.request('snapshot', { workload });
      const chains = new ChainsView();
      chains.whole(rulesets);
      assert.equal(chains.known.length, 1);
      await sendPacket();
      await watch({ rulesets: true, known: chains.known });
      assert.deepEqual((await agent.change('w', () => true)).rulesets, []);
      const lines: [number, number][] = [[0, 1000]];
      const seen = [{ family: 'ipv4' as const, backend, lines }];
      await agent.client.request('watch/visible', { watch: 'w', rulesets: seen, maps: [] });
      // Sent between the snapshot and the watch.
      const counted = await agent.change('w', (one) => (countersIn(one)?.length ?? 0) > 0);
      assert.ok(countersIn(counted)?.some(([, packets]) => packets === 1));
      await pod.run(['bash', '-c', `iptables-${backend} -F T_AGENT`]);
      await agent.change('w', (one) => textIn(one)?.includes(':T_AGENT') ?? false);
      // What was known is not there any more.
      await pod.run(['bash', '-c', `iptables-${backend} -F; iptables-${backend} -X`]);
      await watch({ watch: 'other', rulesets: true, known: chains.known });
      const [told] = (await agent.change('other', () => true)).rulesets ?? [];
      assert.ok(told && 'text' in told && !told.text.includes('T_AGENT'));
    });

  it('says who has changed rules of the nft back-end, as soon as it watches', async () => {
    await watch({ rulesets: true });
    await agent.change('w', () => true);
    await pod.run(['iptables-nft', '-A', 'OUTPUT', '-p', 'udp', '-j', 'RETURN']);
    const { writers } = await agent.change('w', (one) => one.writers !== undefined);
    assert.deepEqual(
      writers?.map(({ process }) => process),
      ['iptables-nft'],
    );
    assert.ok(Number(writers[0]?.pid) > 0);
    // Many rules are many messages, and one writer.
    const rules = Array.from({ length: 5000 }, (_, at) => `-A OUTPUT -p udp --dport ${at + 1} -j RETURN`);
    await pod.run(['iptables-nft-restore', '--noflush'], ['*filter', ...rules, 'COMMIT', ''].join('\n'));
    const many = await agent.change('w', (one) => one.writers?.[0]?.process === 'iptables-nft-re');
    assert.equal(many.writers?.length, 1);
  });

  it('says that a ruleset has vanished', async () => {
    await restore(RULES);
    await watch({ rulesets: true });
    await agent.change('w', (one) => textIn(one)?.includes('T_AGENT') ?? false);
    await pod.run(['nft', 'flush', 'ruleset']);
    const { rulesets } = await agent.change('w', (one) => textIn(one) === '', 1);
    assert.deepEqual(rulesets, [{ family: 'ipv4', backend: 'nft', text: '' }]);
  });

  it('sends what is attached when that changes', async () => {
    await watch({ attachments: true });
    await agent.change('w', ({ attachments }) => attachments?.length === 0);
    const { load, program } = await loadRedirect(agent, workload);
    await agent.client.request('bpf/attach', { workload, load, programs: ['connect4'] });
    const { attachments } = await agent.change('w', (one) => one.attachments?.length === 1);
    assert.equal(attachments?.[0]?.program, program('connect4'));
    await agent.client.request('bpf/detach', { workload, hooks: ['connect4'] });
    await agent.change('w', (one) => one.attachments?.length === 0, 1);
  });

  it('sends the entries of a page that were set and deleted', async () => {
    const { map } = await loadRedirect(agent, workload);
    const id = map('handover');
    const entry = { key: KEY, value: 'ab'.repeat(20) };
    await watch({ maps: [id] });
    await agent.change('w', () => true);
    await see(id, [], PAGE);
    await agent.client.request('maps/update', { map: id, set: [entry], delete: [] });
    const { maps } = await agent.change('w', () => true, 1);
    assert.deepEqual(maps, [{ map: id, set: [entry], delete: [] }]);
    await agent.client.request('maps/update', { map: id, set: [], delete: [KEY] });
    const after = await agent.change('w', () => true, 2);
    assert.deepEqual(after.maps, [{ map: id, set: [], delete: [KEY] }]);
  });

  it('sends what has become of the entries that are seen, and of no others', async () => {
    const { map } = await loadRedirect(agent, workload);
    const id = map('handover');
    const entry = (at: number, value: string) => ({
      key: at.toString(16).padStart(4, '0').padEnd(72, '0'),
      value: value.repeat(20),
    });
    const entries = Array.from({ length: 1000 }, (_, at) => entry(at, 'aa'));
    await agent.client.request('maps/update', { map: id, set: entries, delete: [] });
    const { entries: ordered } = await agent.client.request('maps/dump', {
      map: id,
      cursor: null,
      limit: 1000,
    });
    const at = (place: number) => ordered[place] ?? assert.fail('too few entries');
    const update = (set: { key: string; value: string }[], deleted: string[]) =>
      agent.client.request('maps/update', { map: id, set, delete: deleted });
    await watch({ maps: [id] });
    await agent.change('w', () => true);
    // The second page, and two entries that are not on it.
    await see(id, [at(700).key, at(800).key], { after: at(199).key, limit: 200 });
    const first = await agent.change('w', (one) => one.maps !== undefined);
    const [change] = first.maps ?? [];
    assert.ok(change && 'set' in change);
    assert.deepEqual(
      change.set.map(({ key }) => key),
      [...ordered.slice(200, 400), at(700), at(800)].map(({ key }) => key),
    );
    const seen = agent.changes.length;
    const value = 'bb'.repeat(20);
    // Out of sight; then in sight: the first is not told, the others are, and nothing else.
    await update([{ key: at(900).key, value }], [at(0).key]);
    await update(
      [
        { key: at(300).key, value },
        { key: at(700).key, value },
      ],
      [at(201).key, at(800).key],
    );
    const set: string[] = [];
    const gone: string[] = [];
    await until(() => {
      const maps = agent.changes.slice(seen).flatMap((one) => one.maps ?? []);
      set.splice(
        0,
        set.length,
        ...maps.flatMap((one) => ('set' in one ? one.set.map(({ key }) => key) : [])),
      );
      gone.splice(0, gone.length, ...maps.flatMap((one) => ('delete' in one ? one.delete : [])));
      return gone.length >= 2 && set.includes(at(700).key) ? true : undefined;
    });
    // One moved up to the end of the page for the one that is gone from it.
    const told = new Set([at(300).key, at(700).key, at(400).key]);
    assert.deepEqual(
      set.filter((key) => !told.has(key)),
      [],
    );
    assert.deepEqual([...gone].sort(), [at(201).key, at(800).key].sort());
  });

  it('follows what is stored for sockets, which come and go', async () => {
    const contents = mapsFromPolicy(DEFAULT_POLICY, {
      ...{ cookie: workload.slice(1), addresses: [], interfaces: [], podAddress: null },
    });
    const { load, map } = await loadRedirect(agent, workload, contents);
    await agent.client.request('bpf/attach', { workload, load, programs: ['connect4'] });
    await pod.run(['ip', 'route', 'add', '192.0.2.0/24', 'dev', 'lo']);
    await watch({ maps: [map('origins')] });
    await see(map('origins'), [], PAGE);
    const connecting = await pod.startNode(`import net from 'node:net';
      const sidecar = net.createServer().listen(15001, '127.0.0.1');
      await new Promise((done) => sidecar.once('listening', done));
      net.connect(8080, '192.0.2.7').once('connect', () => console.log('ready'));`);
    const stored = await agent.change('w', (one) => one.maps !== undefined);
    const [change] = stored.maps ?? [];
    assert.ok(change && 'set' in change);
    const key = change.set[0]?.key ?? assert.fail('nothing was stored');
    await see(map('origins'), [key], PAGE);
    await connecting.stop('SIGKILL');
    const gone = await agent.change(
      'w',
      (one) => one.maps?.some((each) => 'delete' in each && each.delete.length > 0) === true,
    );
    assert.deepEqual(gone.maps, [{ map: map('origins'), set: [], delete: [key] }]);
  });

  it('refuses to see keys that are none of the map', async () => {
    const { map } = await loadRedirect(agent, workload);
    await watch({ maps: [map('handover')] });
    await refused(see(map('handover'), ['00'], null), 'wrong-params');
    await refused(see(map('handover'), [], { after: '00', limit: 1 }), 'wrong-params');
    await refused(see(map('handover'), [], { after: null, limit: 100_000 }), 'wrong-params');
    // One that is gone is passed over.
    await see(0x7fffffff, ['00'], null);
  });

  it('says once that a map has gone, and goes on', async () => {
    const other = new TestAgent();
    const id = (await loadRedirect(other, workload)).map('handover');
    await watch({ maps: [id], rulesets: true });
    await agent.change('w', () => true);
    await other.stop();
    const { maps } = await agent.change('w', (one) => one.maps !== undefined, 1);
    assert.deepEqual(maps, [{ map: id, gone: true }]);
    await restore(RULES);
    const next = await agent.change('w', (one) => one.rulesets !== undefined, 1);
    assert.equal(next.maps, undefined);
  });

  it('ends when the workload has gone', async () => {
    await watch({ rulesets: true });
    await agent.change('w', () => true);
    await pod.remove();
    const last = await agent.change('w', ({ gone }) => gone === true);
    assert.deepEqual(last, { watch: 'w', gone: true });
  });

  it('is replaced by another of the same name, and stopped', async () => {
    await watch({ rulesets: true });
    await agent.change('w', ({ rulesets }) => rulesets !== undefined);
    await watch({ attachments: true });
    await agent.change('w', ({ attachments }) => attachments !== undefined);
    await watch({ watch: 'other', rulesets: true });
    await agent.client.request('watch/stop', { watch: 'w' });
    await agent.change('other', () => true);
    const seen = agent.changes.length;
    await restore(RULES);
    await agent.change('other', (one) => textIn(one)?.includes('T_AGENT') ?? false, seen);
    assert.ok(agent.changes.slice(seen).every(({ watch: name }) => name === 'other'));
  });

  it('refuses wrong params', async () => {
    await refused(watch({ interval: 99 }), 'wrong-params');
    await refused(watch({ maps: [0] }), 'wrong-params');
    await refused(watch({ watch: 'x'.repeat(1000) }), 'wrong-params');
    await refused(watch({ workload: 'c987654321' }), 'no-such-workload');
  });
});
