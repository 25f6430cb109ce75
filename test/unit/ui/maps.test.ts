import assert from 'node:assert/strict';
import type { MapEntry, MapPage } from '../../../src/core/model';
import type { Agent } from '../../../src/nodes/agent/agent';
import type { ToInspector } from '../../../src/protocol/inspector';
import { mapNames } from '../../../src/core/ebpf';
import { OpenMap } from '../../../src/ui/inspector/maps';

const MAP = 7;

const entry = (key: number, value: number): MapEntry => ({ key: u32(key), value: u32(value) });

function u32(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes.toString('hex');
}

/** An agent that has nothing but one map, whose pages it gives in turn. */
function agentWith(...pages: { entries: MapEntry[]; next: string | null }[]): Agent {
  const request = (verb: string, params: unknown): Promise<unknown> => {
    assert.equal(verb, 'maps/dump');
    assert.equal((params as { map: number }).map, MAP);
    const page = pages.shift();
    assert.ok(page, 'no page was left to ask for');
    const number = { kind: 'int', name: '__u32', size: 4, signed: false } as const;
    const map = {
      ...{ id: MAP, name: 'numbers', type: 'hash', keySize: 4, valueSize: 4 },
      ...{ maxEntries: 100, memory: 4096 },
    };
    return Promise.resolve({ map, keyType: number, valueType: number, ...page } satisfies MapPage);
  };
  return { request } as unknown as Agent;
}

const openMap = (agent: Agent): OpenMap =>
  new OpenMap(agent, MAP, () => mapNames({ processes: [], cookie: null }));

function texts(message: ToInspector | null): string[][] {
  assert.ok(message?.type === 'mapRows' || message?.type === 'mapChanged');
  const rows = message.type === 'mapRows' ? message.rows : message.set;
  return rows.map(({ cells }) => cells.map(({ text }) => text));
}

describe('OpenMap', () => {
  it('gives the first page and appends the next, until there is none', async () => {
    const map = openMap(
      agentWith({ entries: [entry(1, 10)], next: u32(1) }, { entries: [entry(2, 20)], next: null }),
    );
    const first = await map.page('first');
    assert.deepEqual(texts(first), [['1', '10']]);
    assert.ok(first?.type === 'mapRows' && first.more && !first.append);
    const second = await map.page('next');
    assert.deepEqual(texts(second), [['2', '20']]);
    assert.ok(second?.type === 'mapRows' && !second.more && second.append);
    assert.equal(await map.page('next'), null);
  });

  it('says nothing when the first notification repeats the page', async () => {
    const map = openMap(agentWith({ entries: [entry(1, 10), entry(2, 20)], next: null }));
    await map.page('first');
    assert.equal(map.changed({ map: MAP, set: [entry(1, 10), entry(2, 20)], delete: [] }), null);
  });

  it('tells what is new, what changed, and what is gone', async () => {
    const map = openMap(agentWith({ entries: [entry(1, 10), entry(2, 20)], next: null }));
    await map.page('first');
    const change = map.changed({
      map: MAP,
      set: [entry(2, 21), entry(3, 30)],
      delete: [u32(1), u32(9)],
    });
    assert.deepEqual(texts(change), [
      ['2', '21'],
      ['3', '30'],
    ]);
    assert.ok(change?.type === 'mapChanged');
    assert.deepEqual(change.delete, [u32(1)]);
  });

  it('has what is on the screen followed, and new entries looked for on the page where that is', async () => {
    const numbered = (from: number, count: number): MapEntry[] =>
      Array.from({ length: count }, (_, at) => entry(from + at, 0));
    const map = openMap(
      agentWith({ entries: numbered(0, 200), next: u32(199) }, { entries: numbered(200, 500), next: null }),
    );
    await map.page('first');
    // Nothing was told of the screen yet.
    assert.deepEqual(map.sight, { map: MAP, keys: [], page: { after: null, limit: 200 } });
    map.see([u32(3), u32(4), 'a row that has gone']);
    assert.deepEqual(map.sight.keys, [u32(3), u32(4)]);
    // However many are read at a time, pages are short.
    for await (const told of map.all()) assert.ok(told.type === 'mapRows' && !told.more && !told.loading);
    map.see([u32(450)]);
    assert.deepEqual(map.sight.page, { after: u32(399), limit: 200 });
    // What comes after the last entry is new.
    map.see([u32(650)]);
    assert.deepEqual(map.sight.page, { after: u32(599), limit: 400 });
    map.changed({ map: MAP, set: [], delete: [u32(650)] });
    assert.deepEqual(map.sight.keys, []);
  });

  it('loads all entries page by page, and no more than are shown', async () => {
    const thousands = (from: number): MapEntry[] =>
      Array.from({ length: 5000 }, (_, at) => entry(from + at, 1));
    const pages = Array.from({ length: 11 }, (_, at) => ({
      entries: thousands(1 + at * 5000),
      next: u32((at + 1) * 5000),
    }));
    const map = openMap(agentWith({ entries: [entry(0, 1)], next: u32(0) }, ...pages));
    await map.page('first');
    const told: [loading: boolean, more: boolean][] = [];
    for await (const message of map.all()) {
      if (message.type === 'mapRows') told.push([message.loading, message.more]);
    }
    assert.equal(told.length, 10);
    assert.ok(told.slice(0, -1).every(([loading, more]) => loading && more));
    assert.deepEqual(told.at(-1), [false, true]);
  });

  it('searches the entries that were not loaded, page by page, and tells how far it is', async () => {
    const map = openMap(
      agentWith(
        { entries: [entry(1, 7)], next: u32(1) },
        { entries: [entry(2, 20), entry(3, 7)], next: u32(3) },
        { entries: [entry(4, 7)], next: null },
      ),
    );
    await map.page('first');
    const told: unknown[] = [];
    for await (const message of map.search(' 7')) {
      assert.ok(message.type === 'mapFound');
      told.push([message.rows.map(({ cells }) => cells[0]?.text), message.searched, message.state]);
    }
    assert.deepEqual(told, [
      [['3'], 2, 'searching'],
      [['4'], 3, 'whole'],
    ]);
    // What was found is followed from here on.
    assert.deepEqual(texts(map.changed({ map: MAP, set: [entry(4, 8)], delete: [] })), [['4', '8']]);
  });

  it('ends a search when more match than anybody reads', async () => {
    const many = Array.from({ length: 1200 }, (_, at) => entry(at + 2, 7));
    const map = openMap(
      agentWith({ entries: [entry(1, 7)], next: u32(1) }, { entries: many, next: u32(1201) }),
    );
    await map.page('first');
    const states: string[] = [];
    for await (const message of map.search('7')) if (message.type === 'mapFound') states.push(message.state);
    assert.deepEqual(states, ['enough']);
  });

  it('forgets what it sent when the first page is asked for again', async () => {
    const page = { entries: [entry(1, 10)], next: null };
    const map = openMap(agentWith(page, page));
    await map.page('first');
    assert.deepEqual(texts(await map.page('first')), [['1', '10']]);
  });
});
