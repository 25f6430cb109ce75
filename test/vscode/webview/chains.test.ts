import assert from 'node:assert/strict';
import { rulesetFrom } from '../../../webview/fixture/save-text';
import { NAT } from '../../../webview/fixture/recorded';
import { useFixture } from './use-fixture';

const NFT = { family: 'ipv4', backend: 'nft' } as const;

/** The line of the recorded text that holds this, from 0. */
function lineOf(part: string): number {
  return NAT.split('\n').findIndex((line) => line.includes(part));
}

const REDIRECT = lineOf('--to-ports 15001');

describe('inspector: chains', () => {
  const open = useFixture();

  it('shows the chains that redirect first and open, the others folded', async () => {
    const inspector = await open();
    const names = await inspector.page.locator('mr-chain-row .name').allTextContents();
    assert.deepEqual(names.slice(0, 3), ['PREROUTING', 'OUTPUT', 'FSM_PROXY_INBOUND']);
    assert.equal(await inspector.chain('FSM_PROXY_OUTBOUND').getAttribute('aria-expanded'), 'true');
    assert.equal(
      await inspector.chain('KUBE-SERVICES-LONGEST-NAME-X').getAttribute('aria-expanded'),
      'false',
    );
    assert.equal(await inspector.chain('POSTROUTING').getAttribute('aria-expanded'), null);
  });

  it('shows a rule with its number, its pieces, its comment and what it counted', async () => {
    const inspector = await open();
    const row = inspector.rule('FSM_PROXY_OUT_REDIRECT', 2);
    assert.equal(await row.locator('.number').textContent(), '2');
    const words = (await row.locator('.rule').innerText()).replaceAll(/\s+/g, ' ');
    assert.match(words, /^-p tcp -j REDIRECT --to-ports 15001 \/\* mesh-redirect \*\//);
    assert.equal(await row.locator('.packets').textContent(), '311');
    assert.equal(await row.locator('.packets').getAttribute('title'), '311 connections');
    assert.equal(await row.locator('.bytes').textContent(), '18.2 KiB');
    assert.equal(await row.locator('.port').textContent(), '15001');
  });

  it('says that nat counts connections, and other tables packets', async () => {
    const inspector = await open();
    const heads = inspector.page.locator('mr-chains .table');
    assert.match(await heads.filter({ hasText: 'nat' }).first().innerText(), /connections/);
    assert.match(await heads.filter({ hasText: 'filter' }).innerText(), /packets/);
  });

  it('renders nothing but the rows whose counters changed, and keeps every element', async () => {
    const inspector = await open();
    const touched = await inspector.page.evaluateHandle(() => {
      const keys = new Set<string>();
      new MutationObserver((records) => {
        for (const { target } of records) {
          const element = target instanceof Element ? target : target.parentElement;
          keys.add(element?.closest('[data-key]')?.getAttribute('data-key') ?? 'something else');
        }
      }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
      return keys;
    });
    const row = await inspector.rule('FSM_PROXY_OUT_REDIRECT', 2).elementHandle();
    await inspector.send({ type: 'counters', ruleset: NFT, counters: [[REDIRECT, 312, 18720]], seconds: 1 });
    assert.equal(await row.evaluate((element) => element.querySelector('.packets')?.textContent), '312');
    const keys = await touched.evaluate((set) => [...set]);
    assert.equal(keys.length, 1, keys.join('\n'));
    assert.match(keys[0] ?? '', /FSM_PROXY_OUT_REDIRECT#1 .*15001$/);
  });

  it('marks a counter that changed, again each time it changes', async () => {
    const inspector = await open();
    const packets = inspector.rule('FSM_PROXY_OUT_REDIRECT', 2).locator('.packets');
    const marks = [await packets.getAttribute('data-flash')];
    for (const count of [312, 313]) {
      await inspector.send({
        type: 'counters',
        ruleset: NFT,
        counters: [[REDIRECT, count, 18720]],
        seconds: 1,
      });
      marks.push(await packets.getAttribute('data-flash'));
    }
    assert.deepEqual(marks, [null, 'odd', 'even']);
  });

  it('does not move when motion is to be reduced', async () => {
    const inspector = await open();
    const packets = inspector.rule('FSM_PROXY_OUT_REDIRECT', 2).locator('.packets');
    const animation = () => packets.evaluate((element) => getComputedStyle(element).animationName);
    await inspector.send({ type: 'counters', ruleset: NFT, counters: [[REDIRECT, 312, 18720]], seconds: 1 });
    assert.equal(await animation(), 'mr-flash-odd');
    await inspector.page.emulateMedia({ reducedMotion: 'reduce' });
    assert.equal(await animation(), 'none');
  });

  it('keeps the rows of rules that stay when others come', async () => {
    const inspector = await open();
    const row = await inspector.rule('FSM_PROXY_OUT_REDIRECT', 2).elementHandle();
    const longer = NAT.replace(
      /^\[0:0\] -A FSM_PROXY_OUT_REDIRECT/m,
      '[0:0] -A FSM_PROXY_OUT_REDIRECT -p tcp -m tcp --dport 1 -j RETURN\n$&',
    );
    await inspector.send({ type: 'rulesets', rulesets: [rulesetFrom(longer, 'ipv4', 'nft')] });
    assert.ok(await row.evaluate((element) => element.isConnected));
    assert.equal(await row.evaluate((element) => element.querySelector('.number')?.textContent), '3');
    await inspector.send({
      type: 'counters',
      ruleset: NFT,
      counters: [[REDIRECT + 1, 400, 24000]],
      seconds: 1,
    });
    assert.equal(await row.evaluate((element) => element.querySelector('.packets')?.textContent), '400');
  });

  it('follows a jump to its chain, and goes back to where it was followed', async () => {
    const inspector = await open();
    await inspector.chain('FSM_PROXY_IN_REDIRECT').click();
    const jump = inspector.rule('FSM_PROXY_INBOUND', 5).getByRole('link');
    const [needed, has] = await jump.evaluate((link) => [link.scrollWidth, link.clientWidth]);
    assert.equal(needed, has, 'its name is cut off beside free room');
    await jump.click();
    const target = inspector.chain('FSM_PROXY_IN_REDIRECT');
    assert.equal(await target.getAttribute('aria-expanded'), 'true');
    assert.notEqual(await target.getAttribute('data-arrived'), null);
    await inspector.focused(/^ipv4.nft.nat.FSM_PROXY_IN_REDIRECT$/);
    await inspector.page.getByRole('button', { name: 'Back to FSM_PROXY_INBOUND, rule 5' }).click();
    await inspector.focused(/FSM_PROXY_INBOUND#1 -p tcp .*FSM_PROXY_IN_REDIRECT$/);
    assert.equal(await inspector.page.locator('.back').count(), 0);
  });

  it('gives up a filter that hides the chain a jump leads to', async () => {
    const inspector = await open();
    await inspector.page.getByRole('textbox', { name: 'Filter' }).fill('15901');
    await inspector.page.getByRole('textbox', { name: 'Filter' }).fill('-j FSM_PROXY_OUT_REDIRECT');
    await inspector.page.locator('mr-rule-row').getByRole('link').click();
    await inspector.focused(/^ipv4.nft.nat.FSM_PROXY_OUT_REDIRECT$/);
  });

  it('filters rules by text and chains by name', async () => {
    const inspector = await open();
    const filter = inspector.page.getByRole('textbox', { name: 'Filter' });
    await filter.fill('--TO-PORTS 15003');
    assert.equal(await inspector.page.locator('mr-rule-row').count(), 1);
    assert.match(await inspector.page.locator('.found').innerText(), /^1 of 18 rules match$/);
    await filter.fill('longest-name');
    assert.deepEqual(await inspector.page.locator('mr-chain-row .name').allTextContents(), [
      'KUBE-SERVICES-LONGEST-NAME-X',
    ]);
    assert.equal(await inspector.page.locator('mr-rule-row').count(), 1);
    await filter.fill('no such thing');
    assert.match(await inspector.page.locator('mr-chains').innerText(), /No rule matches the filter/);
    await filter.press('Escape');
    assert.equal(await filter.inputValue(), '');
    // Rows come over some frames.
    await inspector.page.locator('mr-rule-row').nth(10).waitFor();
  });

  it('can be used with the keyboard alone', async () => {
    const inspector = await open();
    const { keyboard } = inspector.page;
    // Less than all rules, so that a page down does not lead to the end.
    await inspector.page.setViewportSize({ width: 960, height: 400 });
    await inspector.page.getByRole('tab', { name: 'Chains' }).focus();
    // From the tab: the filter, what can be done with all rules, then the grid, whose one stop is its first chain.
    for (let tab = 0; tab < 6; tab++) await keyboard.press('Tab');
    await inspector.focused(/^ipv4.nft.nat.PREROUTING$/);
    await keyboard.press('ArrowLeft');
    await inspector.page.locator('[data-key="ipv4/nft/nat/PREROUTING"][aria-expanded=false]').waitFor();
    await keyboard.press('ArrowRight');
    await inspector.page.locator('[data-key="ipv4/nft/nat/PREROUTING"][aria-expanded=true]').waitFor();
    await keyboard.press('ArrowDown');
    await inspector.focused(/PREROUTING#1/);
    await keyboard.press('Enter');
    await inspector.focused(/^ipv4.nft.nat.FSM_PROXY_INBOUND$/);
    await keyboard.press('Alt+ArrowLeft');
    await inspector.focused(/PREROUTING#1/);
    await keyboard.press('ArrowLeft');
    await inspector.focused(/^ipv4.nft.nat.PREROUTING$/);
    await keyboard.press('End');
    await inspector.focused(/^ipv6.nft.nat.OUTPUT$/);
    await keyboard.press('Shift+Tab');
    await keyboard.press('Tab');
    await inspector.focused(/^ipv6.nft.nat.OUTPUT$/);
    await keyboard.press('Home');
    await inspector.focused(/^ipv4.nft.nat.PREROUTING$/);
    await keyboard.press('PageDown');
    await inspector.focused(/FSM_PROXY/);
  });

  it('says that there are no rules, and that they are being read', async () => {
    const empty = await open({ scene: 'empty' });
    assert.match(await empty.page.locator('mr-chains').innerText(), /No rules in this namespace/);
    const loading = await open({ scene: 'loading' });
    assert.match(await loading.page.locator('mr-chains').innerText(), /Reading the rules/);
  });
});
