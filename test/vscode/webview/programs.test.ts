import assert from 'node:assert/strict';
import { measured } from '../../../webview/fixture/programs';
import { useFixture } from './use-fixture';

describe('inspector: programs', () => {
  const open = useFixture();

  it('shows what is attached where and in which order, ours and others, with size, link and pin', async () => {
    const inspector = await open({ scene: 'ebpf' });
    await inspector.page.getByRole('tab', { name: 'Programs, 6 programs' }).click();
    assert.deepEqual(await inspector.posted('showView'), [
      { type: 'showView', view: 'chains' },
      { type: 'showView', view: 'programs' },
    ]);
    const connect = inspector.page.getByRole('region', { name: 'connect4' });
    assert.deepEqual(await connect.locator('.name').allInnerTexts(), ['cil_sock4_connect', 'connect4']);
    const [theirs, ours] = await connect.locator('li').allInnerTexts();
    assert.match(theirs ?? '', /not ours[\s\S]*cgroup \/\s[\s\S]*none: attached by BPF_PROG_ATTACH/);
    assert.match(ours ?? '', /sends IPv4 connections of the application to the sidecar/);
    assert.match(
      ours ?? '',
      /20[\s\S]*\/sys\/fs\/bpf\/mesh-redirect\/c4711\/connect4[\s\S]*3\.1 KiB translated/,
    );
    assert.match(ours ?? '', /bpf\/programs\/connect\.bpf\.c:31/);
  });

  it('counts runs from when the view was opened, and anew when it is opened again', async () => {
    const inspector = await open({ scene: 'ebpf' });
    const { page } = inspector;
    await page.getByRole('tab', { name: 'Programs' }).click();
    const runs = page.locator('[data-program="120"] .runs');
    assert.match(await runs.innerText(), /120 runs[\s\S]*412 ns/);
    assert.match(await page.locator('[data-program="121"] .runs').innerText(), /0 runs[\s\S]*–/);
    await page.getByRole('tab', { name: 'Chains' }).click();
    await page.getByRole('tab', { name: 'Programs' }).click();
    await inspector.send({ type: 'programStats', programs: measured(5) });
    assert.match(await runs.innerText(), /^0 runs/);
    await inspector.send({ type: 'programStats', programs: measured(6) });
    assert.match(await runs.innerText(), /^120 runs/);
  });

  it('leads to the maps that a program uses', async () => {
    const inspector = await open({ scene: 'ebpf' });
    const { page } = inspector;
    await page.getByRole('tab', { name: 'Programs' }).click();
    await page.locator('[data-program="120"]').getByRole('link', { name: 'counters' }).click();
    await page.locator('mr-map-table h2', { hasText: 'counters' }).waitFor();
    assert.deepEqual(await inspector.posted('openMap'), [{ type: 'openMap', map: 42 }]);
  });

  it('shows the lines that a program was made of when they are asked for', async () => {
    const inspector = await open({ scene: 'ebpf' });
    const { page } = inspector;
    await page.getByRole('tab', { name: 'Programs' }).click();
    const source = page.locator('[data-program="120"] .source');
    assert.deepEqual(await inspector.posted('readSource'), []);
    await source.locator('summary').click();
    await source.getByText('return bpf_map_lookup_elem').waitFor();
    assert.deepEqual(await inspector.posted('readSource'), [{ type: 'readSource', program: 120 }]);
    assert.deepEqual(await source.locator('h3').allInnerTexts(), [
      'bpf/programs/connect.bpf.c',
      'bpf/programs/settings.h',
    ]);
    assert.match(await source.innerText(), /in\s+connect4\s+31\s+int connect4/);
    // What is here is not asked for again.
    await source.locator('summary').click();
    await source.locator('summary').click();
    assert.equal((await inspector.posted('readSource')).length, 1);
  });

  it('filters, and says that there are none', async () => {
    const inspector = await open({ scene: 'ebpf' });
    const { page } = inspector;
    await page.getByRole('tab', { name: 'Programs' }).click();
    await page.getByRole('textbox', { name: 'Filter' }).fill('cilium_lb4');
    assert.deepEqual(await page.locator('mr-programs .name').allInnerTexts(), ['cil_sock4_connect']);
    await inspector.send({ type: 'programs', programs: [] });
    assert.match(await page.locator('mr-programs').innerText(), /No programs here/);
  });
});
