import assert from 'node:assert/strict';
import { HEADER } from '../../../webview/fixture/recorded';
import { explanation, liveTrace } from '../../../webview/fixture/traced';
import { until } from '../pages/until';
import { useFixture } from './use-fixture';

describe('inspector: trace', () => {
  const open = useFixture();
  const openTrace = async () => {
    const inspector = await open({ scene: 'ebpf' });
    await inspector.page.getByRole('tab', { name: 'Trace' }).click();
    return inspector;
  };

  it('asks for a connection, and says what is wrong with it before the host is asked', async () => {
    const inspector = await openTrace();
    const { page } = inspector;
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.getByRole('alert').getByText('Enter an IPv4 or IPv6 address.').waitFor();
    await page.getByRole('textbox', { name: 'Destination' }).fill('10.0.0.1');
    await page.getByRole('textbox', { name: 'Port' }).fill('65536');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('Enter a port from 1 to 65535.').waitFor();
    assert.deepEqual(await inspector.posted('explain'), []);
    await page.getByRole('textbox', { name: 'Port' }).fill('8080');
    await page.keyboard.press('Enter');
    await page.locator('.conclusion').waitFor();
    const query = { direction: 'outbound', uid: 1000, source: '', destination: '10.0.0.1', port: 8080 };
    assert.deepEqual(await inspector.posted('explain'), [
      { type: 'explain', query: { ...query, interface: '' } },
    ]);
  });

  it('takes an open connection, and keeps what was filled in', async () => {
    const inspector = await openTrace();
    const { page } = inspector;
    const select = page.getByRole('combobox', { name: 'Open connections' });
    await select.focus();
    await select.selectOption({ label: 'out: user 1000 → 10.77.0.3:8080' });
    const destination = page.getByRole('textbox', { name: 'Destination' });
    const isFilledIn = () =>
      until('the destination is filled in', async () => (await destination.inputValue()) === '10.77.0.3');
    await isFilledIn();
    await page.reload();
    await isFilledIn();
  });

  it('shows each question with its answer, and leads to the rule', async () => {
    const inspector = await openTrace();
    const { page } = inspector;
    await page.getByRole('textbox', { name: 'Destination' }).fill('10.0.0.1');
    await page.getByRole('button', { name: 'Explain' }).click();
    const hooks = page.getByRole('region', { name: 'eBPF hooks' });
    assert.match(
      await hooks.innerText(),
      /3 questions answered with no[\s\S]*yes:[\s\S]*the rest[\s\S]*decides/,
    );
    await page.getByRole('textbox', { name: 'Filter' }).fill('geoip');
    assert.equal(await page.locator('.station .step').count(), 1);
    await page.getByRole('textbox', { name: 'Filter' }).fill('');
    await page.getByRole('link', { name: 'FSM_PROXY_OUTBOUND, rule 3' }).click();
    await inspector.focused(/^ipv4.nft.nat.FSM_PROXY_OUTBOUND#1 .*--uid-owner 1500/);
  });

  it('lays what the kernel does over it, and says where they differ', async () => {
    const inspector = await openTrace();
    const { page } = inspector;
    await page.getByRole('textbox', { name: 'Destination' }).fill('10.0.0.1');
    await page.getByRole('button', { name: 'Watch live' }).click();
    const rules = page.getByRole('region', { name: 'Rules: IPv4, nft, table nat' });
    assert.match(
      await rules.innerText(),
      /OUTPUT, rule 1[\s\S]*the kernel too[\s\S]*rule 3[\s\S]*but the kernel: no/,
    );
    const live = page.getByRole('region', { name: 'What the kernel does' });
    assert.match(await live.innerText(), /has not come out[\s\S]*differs in 1 place[\s\S]*as explained/);
    await page.getByRole('button', { name: 'Stop watching' }).click();
    await live.getByText('Stopped. Watched were').waitFor();
    assert.equal((await inspector.posted('stopTrace')).length, 1);
    await inspector.send({ type: 'liveTrace', live: { ...liveTrace('time'), packets: [] } });
    await live.getByText('Two minutes are over.').waitFor();
    const query = { direction: 'outbound', uid: 1, source: '', destination: '10.0.0.1', port: 80 } as const;
    const unsure = { ...explanation({ ...query, interface: '' }), certain: false };
    await inspector.send({ type: 'explanation', explanation: unsure });
    assert.equal(await page.locator('.conclusion').getAttribute('data-certain'), 'no');
    await inspector.send({ type: 'explanationFailed', message: '10.0.0 is not an address.' });
    await page.getByText('10.0.0 is not an address.').waitFor();
  });

  it('offers only to explain where the node is set to read-only, and says why', async () => {
    const inspector = await openTrace();
    const { page } = inspector;
    const watch = page.getByRole('button', { name: 'Watch live' });
    assert.equal(await watch.isEnabled(), true);
    await inspector.send({ type: 'header', header: { ...HEADER, readOnly: true } });
    await page.getByText('which is set to read-only').waitFor();
    assert.equal(await watch.isEnabled(), false);
    await page.getByRole('textbox', { name: 'Destination' }).fill('10.0.0.1');
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.locator('.conclusion').waitFor();
    assert.deepEqual(await inspector.posted('watchTrace'), []);
  });
});
