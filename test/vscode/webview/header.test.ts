import assert from 'node:assert/strict';
import { HEADER } from '../../../webview/fixture/recorded';
import { useFixture } from './use-fixture';

describe('inspector: header', () => {
  const open = useFixture();

  it('says which workload this is, its verdict in words, and why on demand', async () => {
    const inspector = await open({ scene: 'partial' });
    assert.match(await inspector.page.locator('h1').innerText(), /^bookstore-v2/);
    assert.match(await inspector.page.locator('mr-header .verdict').innerText(), /partial$/);
    assert.match(await inspector.page.locator('.detail').innerText(), /sk_lookup is not attached/);
    assert.equal(await inspector.page.locator('.note').innerText(), 'declared eBPF');
    const evidence = inspector.page.getByText('inbound connections reach the application');
    assert.equal(await evidence.isVisible(), false);
    await inspector.page.locator('summary').press('Enter');
    assert.equal(await evidence.isVisible(), true);
  });

  it('switches only when told to: choosing a mode, even with the arrow keys, does nothing yet', async () => {
    const inspector = await open();
    const { page } = inspector;
    await page.getByRole('radio', { name: 'iptables', checked: true }).focus();
    await page.keyboard.press('ArrowRight');
    await page.getByRole('radio', { name: 'eBPF', checked: true }).waitFor();
    assert.deepEqual(await inspector.posted('switchMode'), []);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    assert.deepEqual(await inspector.posted('switchMode'), [{ type: 'switchMode', mode: 'ebpf' }]);
    await page.getByText('Switching…').waitFor();
    assert.equal(await page.getByRole('radio', { name: 'eBPF' }).getAttribute('aria-disabled'), 'true');

    await inspector.send({ type: 'header', header: { ...HEADER, mode: 'ebpf', verdict: 'ebpf' } });
    assert.equal(await page.getByRole('radio', { name: 'eBPF' }).getAttribute('aria-checked'), 'true');
    assert.equal(await page.locator('mr-mode-switch vscode-button').count(), 0);
  });

  it('offers to preview the mode that is chosen, and does not switch by that', async () => {
    const inspector = await open();
    const { page } = inspector;
    assert.equal(await page.getByRole('button', { name: 'Preview' }).count(), 0);
    await page.getByRole('radio', { name: 'eBPF' }).click();
    await page.getByRole('button', { name: 'Preview' }).click();
    assert.deepEqual(await inspector.posted('previewSwitch'), [{ type: 'previewSwitch', mode: 'ebpf' }]);
    assert.deepEqual(await inspector.posted('switchMode'), []);
    assert.equal(await page.getByRole('radio', { name: 'eBPF' }).getAttribute('aria-checked'), 'true');
  });

  it('goes back to the declared mode when a choice is dropped, or a switch has failed', async () => {
    const inspector = await open();
    const { page } = inspector;
    const declared = page.getByRole('radio', { name: 'iptables', checked: true });
    await page.getByRole('radio', { name: 'None' }).click();
    await page.getByRole('button', { name: 'Keep the mode as it is' }).click();
    await declared.waitFor();
    await page.getByRole('radio', { name: 'None' }).click();
    await page.getByRole('button', { name: 'Remove redirection' }).click();
    await page.getByText('Switching…').waitFor();
    await inspector.send({ type: 'header', header: HEADER });
    await inspector.send({ type: 'failure', message: 'The sidecar does not listen.', remedy: 'Start it.' });
    await declared.waitFor();
    assert.equal(await page.getByRole('radio', { name: 'None' }).getAttribute('aria-checked'), 'false');
    assert.match(await page.getByRole('alert').innerText(), /The sidecar does not listen\. Start it\./);
    await page.getByRole('button', { name: 'Dismiss' }).click();
    assert.equal(await page.locator('.banner').count(), 0);
  });

  it('goes on to say why nothing is known when the failure was dismissed', async () => {
    const { page } = await open({ scene: 'forbidden' });
    await page.getByRole('button', { name: 'Dismiss' }).click();
    assert.equal(await page.locator('.banner').count(), 0);
    assert.match(await page.locator('mr-header .unknown').innerText(), /it could not be read/);
    assert.match(await page.locator('mr-chains').innerText(), /may not look into this namespace/);
  });

  it('pauses and resumes', async () => {
    const inspector = await open();
    await inspector.page.getByRole('button', { name: 'Pause live updates' }).click();
    await inspector.page.getByText('Paused').waitFor();
    await inspector.page.getByRole('button', { name: 'Resume live updates' }).click();
    await inspector.page.getByText('Live, every 1 s').waitFor();
    assert.deepEqual(await inspector.posted('setPaused'), [
      { type: 'setPaused', paused: true },
      { type: 'setPaused', paused: false },
    ]);
  });

  it('says why it is disconnected, reconnects, and cannot switch meanwhile', async () => {
    const inspector = await open({ scene: 'disconnected' });
    const banner = inspector.page.locator('.banner');
    assert.match(await banner.innerText(), /The agent on worker-7 ended \(signal 9\)\./);
    assert.equal(
      await inspector.page.getByRole('radio', { name: 'eBPF' }).getAttribute('aria-disabled'),
      'true',
    );
    await banner.getByRole('button', { name: 'Reconnect' }).click();
    assert.deepEqual(await inspector.posted('reconnect'), [{ type: 'reconnect' }]);
    await inspector.send({ type: 'connection', state: 'connected', reason: null });
    assert.equal(await banner.count(), 0);
    assert.equal(
      await inspector.page.getByRole('radio', { name: 'eBPF' }).getAttribute('aria-disabled'),
      'false',
    );
  });

  it('says that the workload is gone', async () => {
    const inspector = await open({ scene: 'gone' });
    assert.match(await inspector.page.locator('.banner').innerText(), /This workload is gone/);
  });
});
