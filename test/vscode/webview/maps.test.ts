import assert from 'node:assert/strict';
import { COUNTER_COLUMNS, counterRows, MAPS, originRow } from '../../../webview/fixture/recorded';
import { useFixture } from './use-fixture';

const ORIGINS = 41;
const COUNTERS = 42;

describe('inspector: maps', () => {
  const open = useFixture();

  it('lists the maps with type, capacity and purpose, and opens the first of ours', async () => {
    const inspector = await open();
    assert.deepEqual(await inspector.posted('openMap'), []);
    await inspector.showMaps();
    assert.deepEqual(await inspector.posted('openMap'), [{ type: 'openMap', map: ORIGINS }]);
    const options = inspector.page.getByRole('option');
    assert.equal(await options.count(), MAPS.length);
    const ranges = await options.filter({ hasText: 'excluded_ranges' }).innerText();
    assert.match(ranges, /lpm_trie[\s\S]*destinations that are never redirected[\s\S]*max 65,536/);
    assert.equal(await options.first().getAttribute('aria-selected'), 'true');
    assert.match(await inspector.page.locator('mr-map-table .about').innerText(), /^origins\s+sk_storage/);
  });

  it('shows the entries under the columns that the host names', async () => {
    const inspector = await open();
    await inspector.showMaps();
    const heads = await inspector.page.getByRole('columnheader').allInnerTexts();
    assert.deepEqual(heads.slice(-5), ['socket', 'state', 'address', 'port', 'role']);
    const cells = inspector.page.locator('mr-map-row').nth(1).locator('.text');
    assert.deepEqual(await cells.allTextContents(), [
      '10.77.0.2:40001 → 127.0.0.1:15001',
      'ESTABLISHED',
      '10.77.0.3',
      '8080',
      'application',
    ]);
  });

  it('marks what the latest update changed and added, and keeps the rows', async () => {
    const inspector = await open();
    await inspector.showMaps();
    await inspector.page.getByRole('option', { name: 'counters' }).click();
    const row = inspector.page.locator('mr-map-row[data-key="CONNECT_REDIRECTED"]');
    const before = await row.elementHandle();
    const [changed] = counterRows(1);
    assert.ok(changed);
    const fresh = { id: 'NEW', cells: [{ text: 'NEW' }, { text: '1' }] };
    await inspector.send({
      type: 'mapChanged',
      map: COUNTERS,
      set: [changed, fresh],
      delete: ['HANDOVER_FAILED'],
    });
    assert.equal(await row.locator('.text').nth(1).textContent(), '320');
    assert.ok(await before.evaluate((element) => element.isConnected));
    assert.equal(await row.locator('.mark').getAttribute('title'), 'Changed by the latest update');
    assert.deepEqual(
      await row.locator('[role=cell]').evaluateAll((all) => all.map((c) => c.getAttribute('data-flash'))),
      [null, null, 'odd'],
    );
    const added = inspector.page.locator('mr-map-row[data-key="NEW"] .mark');
    assert.equal(await added.getAttribute('title'), 'New in the latest update');
    assert.equal(await inspector.page.locator('mr-map-row[data-key="HANDOVER_FAILED"]').count(), 0);
    const summary = inspector.page.locator('mr-map-table .summary');
    assert.equal(await summary.innerText(), '7 entries of 9 · latest update: 1 new, 1 changed, 1 gone');

    await inspector.send({ type: 'mapChanged', map: COUNTERS, set: [], delete: ['NEW'] });
    assert.equal(await row.locator('.mark').getAttribute('title'), null);
  });

  it('renders nothing but the entries that changed', async () => {
    const inspector = await open();
    await inspector.showMaps();
    const touched = await inspector.page.evaluateHandle(() => {
      const rows = new Set<string>();
      new MutationObserver((records) => {
        for (const { target } of records) {
          const element = target instanceof Element ? target : target.parentElement;
          rows.add(element?.closest('[data-key]')?.getAttribute('data-key') ?? 'something else');
        }
      }).observe(document.querySelector('.entries') ?? document.body, {
        subtree: true,
        childList: true,
        characterData: true,
        attributes: true,
      });
      return rows;
    });
    await inspector.send({ type: 'mapChanged', map: ORIGINS, set: [originRow(4, 1)], delete: [] });
    assert.deepEqual(await touched.evaluate((rows) => [...rows]), ['4']);
  });

  it('loads more, and shows raw bytes on demand', async () => {
    const inspector = await open();
    await inspector.showMaps();
    await inspector.page.getByRole('button', { name: 'Load more' }).click();
    await inspector.page.locator('mr-map-row[data-key="13"]').waitFor();
    assert.deepEqual(await inspector.posted('loadMoreRows'), [{ type: 'loadMoreRows', map: ORIGINS }]);
    assert.equal(await inspector.page.locator('mr-map-row').count(), 14);
    assert.equal(await inspector.page.getByRole('button', { name: 'Load more' }).count(), 0);
    assert.equal(await inspector.page.locator('.hex').count(), 0);
    await inspector.page.getByRole('checkbox', { name: 'Raw bytes' }).click();
    assert.equal(
      await inspector.page.locator('mr-map-row').nth(1).locator('.hex').nth(1).innerText(),
      '90 1f',
    );
  });

  it('filters the entries by text and the list by name', async () => {
    const inspector = await open();
    await inspector.showMaps();
    const filter = inspector.page.getByRole('textbox', { name: 'Filter' });
    await filter.fill('40007');
    assert.equal(await inspector.page.locator('mr-map-row').count(), 1);
    await filter.fill('sk_storage');
    assert.equal(await inspector.page.getByRole('option').count(), 1);
    assert.equal(await inspector.page.locator('mr-map-row').count(), 12);
    await filter.fill('no such thing');
    assert.match(await inspector.page.locator('mr-map-table').innerText(), /matches the filter/);
  });

  it('says what filter and order cover while not all is loaded, and has all entries searched', async () => {
    const inspector = await open();
    await inspector.showMaps();
    const covered = inspector.page.locator('.coverage p');
    assert.equal(await covered.innerText(), '12 entries loaded, and there are more.');
    await inspector.page.getByRole('columnheader', { name: 'port' }).getByRole('button').click();
    assert.match(await covered.innerText(), /Only entries that are loaded are sorted/);
    const filter = inspector.page.getByRole('textbox', { name: 'Filter' });
    await filter.fill('9090');
    assert.match(await inspector.page.locator('mr-map-table').innerText(), /None of the loaded entries/);
    assert.match(await covered.innerText(), /covers the 12 entries that are loaded/);
    await inspector.page.getByRole('button', { name: 'Search all entries' }).click();
    await inspector.page.locator('mr-map-row', { hasText: '9090' }).waitFor();
    assert.match(await covered.innerText(), /All entries were searched: 8,000 entries besides/);
    assert.equal(await inspector.page.getByRole('button', { name: 'Search all entries' }).count(), 0);
    // Another filter ends a search.
    await filter.fill('endless');
    await inspector.page.getByRole('button', { name: 'Search all entries' }).click();
    await covered.getByText('5,000 entries more so far').waitFor();
    await filter.fill('443');
    assert.equal((await inspector.posted('stopReading')).length, 1);
  });

  it('loads all entries, has only those on the screen in the page, and tells which these are', async () => {
    const inspector = await open();
    await inspector.showMaps();
    await inspector.page.getByRole('button', { name: 'Load all' }).click();
    await inspector.page.getByText('All are loaded. Those in sight are followed').waitFor();
    assert.deepEqual(await inspector.posted('loadAllRows'), [{ type: 'loadAllRows', map: ORIGINS }]);
    const list = inspector.page.getByRole('table', { name: 'Entries of origins' });
    assert.equal(await list.getAttribute('aria-rowcount'), '5001');
    assert.ok((await inspector.page.locator('mr-map-row').count()) < 60);
    await list.focus();
    await inspector.page.keyboard.press('End');
    const last = inspector.page.locator('mr-map-row[data-key="4999"]');
    await last.waitFor();
    await inspector.page.waitForFunction(() =>
      window.fixture.posted.some((message) => message.type === 'seeRows' && message.rows.includes('4999')),
    );
    const seen = (await inspector.posted('seeRows')).at(-1) as { rows: string[] };
    assert.ok(seen.rows.length < 60 && !seen.rows.includes('0'));
    await inspector.send({ type: 'mapChanged', map: ORIGINS, set: [originRow(4999, 443)], delete: [] });
    assert.equal(await last.locator('.mark').getAttribute('title'), 'Changed by the latest update');
    // Sorting covers all of them.
    const port = inspector.page.getByRole('columnheader', { name: 'port' }).getByRole('button');
    await port.click();
    await list.press('Home');
    await inspector.page.locator('mr-map-row[data-key="0"]').waitFor();
  });

  it('says how far loading has come, and ends it', async () => {
    const inspector = await open();
    await inspector.showMaps();
    const covered = inspector.page.locator('.coverage p');
    const page = { type: 'mapRows' as const, map: ORIGINS, columns: ['key'], append: true };
    const rowsFrom = (from: number, count: number) =>
      Array.from({ length: count }, (_, at) => ({ id: `r${from + at}`, cells: [{ text: 'x' }] }));
    await inspector.send({ ...page, rows: rowsFrom(0, 300), more: true, loading: true });
    assert.equal(await covered.innerText(), 'Loading all entries: 312 entries so far…');
    await inspector.page.getByRole('button', { name: 'Stop' }).click();
    assert.match(await covered.innerText(), /312 entries loaded, and there are more/);
    assert.equal((await inspector.posted('stopReading')).length, 1);
  });

  it('chooses a map with the keyboard', async () => {
    const inspector = await open();
    await inspector.showMaps();
    await inspector.page.getByRole('option').first().focus();
    await inspector.page.keyboard.press('ArrowDown');
    assert.equal((await inspector.posted('openMap')).length, 1, 'moving opens nothing');
    await inspector.page.keyboard.press('Enter');
    assert.deepEqual((await inspector.posted('openMap')).at(-1), { type: 'openMap', map: COUNTERS });
    await inspector.page.locator('mr-map-table h2', { hasText: 'counters' }).waitFor();
  });

  it('opens the successor when a switch has replaced the map', async () => {
    const inspector = await open();
    await inspector.showMaps();
    await inspector.page.getByRole('option', { name: 'counters' }).click();
    const replaced = MAPS.map((map) => ({ ...map, id: map.id + 100 }));
    await inspector.send({ type: 'maps', maps: replaced });
    assert.deepEqual((await inspector.posted('openMap')).at(-1), { type: 'openMap', map: COUNTERS + 100 });
    // What is still on its way for the old one must not be shown as the new one's.
    const late = { type: 'mapRows', map: COUNTERS, columns: COUNTER_COLUMNS, rows: counterRows(0) } as const;
    await inspector.send({ ...late, more: false, append: false, loading: false });
    assert.equal(await inspector.page.locator('mr-map-row[data-key="CONNECT_REDIRECTED"]').count(), 0);
  });

  it('asks for the open map again after a connection was lost', async () => {
    const inspector = await open();
    await inspector.showMaps();
    await inspector.send({ type: 'maps', maps: MAPS });
    assert.equal((await inspector.posted('openMap')).length, 1);
    await inspector.send({ type: 'connection', state: 'disconnected', reason: null });
    await inspector.send({ type: 'connection', state: 'connected', reason: null });
    await inspector.send({ type: 'maps', maps: MAPS });
    assert.deepEqual((await inspector.posted('openMap')).slice(1), [{ type: 'openMap', map: ORIGINS }]);
  });

  it('says that there are none, that one is empty, and that it is being read', async () => {
    const none = await open({ scene: 'empty' });
    await none.page.getByRole('tab', { name: 'Maps' }).click();
    assert.match(await none.page.locator('mr-maps').innerText(), /No maps here/);
    const inspector = await open();
    await inspector.showMaps();
    await inspector.page.getByRole('option', { name: 'handover' }).click();
    await inspector.page.getByText('This map is empty').waitFor();
    await inspector.page.getByRole('option', { name: 'cilium' }).click();
    await inspector.page.getByText('Reading cilium_lb4_services_v2_longname…').waitFor();
  });

  it('sorts by a column, numbers by their value, and goes back to the order of the kernel', async () => {
    const inspector = await open();
    await inspector.showMaps();
    await inspector.page.getByRole('option', { name: 'counters' }).click();
    const head = inspector.page.getByRole('columnheader', { name: 'connections' });
    const totals = () => inspector.page.locator('mr-map-row .text').nth(1).textContent();
    const first = await totals();
    await head.getByRole('button').click();
    assert.equal(await head.getAttribute('aria-sort'), 'ascending');
    assert.equal(await totals(), '0');
    await head.getByRole('button').click();
    assert.equal(await totals(), '602');
    await head.getByRole('button').click();
    assert.equal(await head.getAttribute('aria-sort'), 'none');
    assert.equal(await totals(), first);
  });

  it('warns of a map that is nearly full, and reads raw bytes in both orders', async () => {
    const inspector = await open();
    const handover = MAPS.find(({ name }) => name === 'handover') ?? assert.fail();
    await inspector.send({ type: 'maps', maps: [{ ...handover, maxEntries: 10 }] });
    await inspector.showMaps();
    const rows = Array.from({ length: 9 }, (_, at) => ({
      ...{ id: String(at), cells: [{ text: String(at), hex: '901f' }] },
    }));
    const page = { map: handover.id, columns: ['port'], rows, more: false, append: false, loading: false };
    await inspector.send({ type: 'mapRows', ...page });
    const summary = inspector.page.locator('mr-map-table .summary');
    assert.match(
      await summary.innerText(),
      /9 entries of 10 \(90 %\).*90 % full: soon the kernel will refuse/s,
    );
    await inspector.page.getByRole('checkbox', { name: 'Raw bytes' }).click();
    const number = inspector.page.locator('mr-map-row .number').first();
    assert.equal(await number.innerText(), '= 8080');
    await inspector.page.getByRole('radio', { name: 'highest first' }).click();
    assert.equal(await number.innerText(), '= 36895');
  });
});
