import assert from 'node:assert/strict';
import { NAT } from '../../../webview/fixture/recorded';
import { rulesetFrom } from '../../../webview/fixture/save-text';
import { useFixture } from './use-fixture';

const NFT = { family: 'ipv4', backend: 'nft' } as const;

/** The line of the recorded text that holds this, from 0. */
function lineOf(part: string): number {
  return NAT.split('\n').findIndex((line) => line.includes(part));
}

const REDIRECT = lineOf('--to-ports 15001');

describe('inspector: what can be done with chains', () => {
  const open = useFixture();

  it('folds and unfolds all chains at once, and keeps single choices after', async () => {
    const inspector = await open();
    const { page } = inspector;
    await page.getByRole('button', { name: 'Fold all chains', exact: true }).click();
    await page.locator('mr-rule-row').first().waitFor({ state: 'detached' });
    await inspector.chain('FSM_PROXY_INBOUND').click();
    await inspector.rule('FSM_PROXY_INBOUND', 5).waitFor();
    assert.equal(await inspector.chain('FSM_PROXY_OUTBOUND').getAttribute('aria-expanded'), 'false');
    await page.getByRole('button', { name: 'Unfold all chains' }).click();
    await inspector.chain('KUBE-SERVICES-LONGEST-NAME-X').focus();
    await page
      .locator('[data-key="ipv4/nft/nat/KUBE-SERVICES-LONGEST-NAME-X"][aria-expanded=true]')
      .waitFor();
  });

  it('says how fast rules are used, and lets it go when nothing comes any more', async () => {
    const inspector = await open();
    const row = inspector.rule('FSM_PROXY_OUT_REDIRECT', 2);
    assert.equal(await row.locator('.sparkline').count(), 0);
    await inspector.send({ type: 'counters', ruleset: NFT, counters: [[REDIRECT, 331, 19860]], seconds: 2 });
    assert.equal(await row.locator('.per-second').innerText(), '10/s');
    assert.equal(await row.locator('.per-second').getAttribute('title'), '10 connections a second');
    assert.equal(await row.locator('.sparkline rect').count(), 15);
    await row.locator('.per-second', { hasText: /^0.s$/ }).waitFor();
    // What was not counted in a known time tells no rate.
    const other = inspector.rule('FSM_PROXY_INBOUND', 1);
    await inspector.send({
      type: 'counters',
      ruleset: NFT,
      counters: [[lineOf('15010'), 9, 540]],
      seconds: null,
    });
    assert.equal(await other.locator('.packets').innerText(), '9');
    assert.equal(await other.locator('.sparkline').count(), 0);
  });

  it('goes back to a row after copying it, also where rules have come anew meanwhile', async () => {
    const inspector = await open();
    const { page } = inspector;
    await inspector.rule('FSM_PROXY_OUT_REDIRECT', 2).focus();
    await page.getByRole('button', { name: 'Copy the selected row…' }).click();
    const copy = page.getByRole('menuitem', { name: 'Copy as Command' });
    await copy.waitFor();
    await inspector.send({ type: 'rulesets', rulesets: [rulesetFrom(NAT, 'ipv4', 'nft')] });
    await copy.click();
    await inspector.focused(/FSM_PROXY_OUT_REDIRECT#1 .*15001$/);
  });

  it('copies a row as a command, a restore block, JSON or Markdown', async () => {
    const inspector = await open();
    const { page } = inspector;
    const copied = async (): Promise<string> => {
      const all = (await inspector.posted('copy')) as { text: string }[];
      return all.at(-1)?.text ?? '';
    };
    await inspector.rule('FSM_PROXY_OUT_REDIRECT', 2).click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Copy as Command' }).click();
    await inspector.focused(/FSM_PROXY_OUT_REDIRECT#1 .*15001$/);
    assert.equal(
      await copied(),
      'iptables-nft -t nat -A FSM_PROXY_OUT_REDIRECT -p tcp -m comment --comment mesh-redirect -j REDIRECT --to-ports 15001',
    );
    await page.keyboard.press('Shift+F10');
    await page.getByRole('menu', { name: 'Copy' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await inspector.focused(/FSM_PROXY_OUT_REDIRECT#1 .*15001$/);
    assert.match(await copied(), /^\*nat\n-A FSM_PROXY_OUT_REDIRECT -p tcp .*15001\nCOMMIT\n$/);
    await inspector.chain('OUTPUT').focus();
    await page.keyboard.press('Control+c');
    assert.match(await copied(), /^\*nat\n:OUTPUT ACCEPT \[0:0\]\n-A OUTPUT [^\n]*\nCOMMIT\n$/);
    await inspector.chain('OUTPUT').focus();
    await page.getByRole('button', { name: 'Copy the selected row…' }).click();
    await page.getByRole('menuitem', { name: 'Copy as Markdown' }).click();
    assert.match(
      await copied(),
      /^\*\*nat OUTPUT\*\* \(policy ACCEPT\)\n\n\| # \| rule \| connections \| bytes \|/,
    );
    await page.getByRole('button', { name: 'Copy the selected row…' }).click();
    await page.getByRole('menuitem', { name: 'Copy as JSON' }).click();
    const [chain] = JSON.parse(await copied()) as { chain: string; rules: { connections: number }[] }[];
    assert.equal(chain?.chain, 'OUTPUT');
    assert.equal(chain.rules[0]?.connections, 325);
    const before = (await inspector.posted('copy')).length;
    await inspector.chain('OUTPUT').click({ button: 'right' });
    await page.keyboard.press('Escape');
    await page.getByRole('menu', { name: 'Copy' }).waitFor({ state: 'hidden' });
    assert.equal((await inspector.posted('copy')).length, before);
  });

  it('marks what is wrong with rules and chains, says why, and leads to where it comes from', async () => {
    const inspector = await open({ scene: 'problems' });
    const { page } = inspector;
    const admin = inspector.rule('FSM_PROXY_OUT_REDIRECT', 2);
    assert.match(
      await admin.innerText(),
      /exception for the admin port 15000 has no effect[\s\S]*Rule 1 before it/,
    );
    assert.match(await inspector.rule('PREROUTING', 2).innerText(), /A second jump to FSM_PROXY_INBOUND/);
    assert.match(
      await inspector.rule('FSM_PROXY_IN_REDIRECT', 1).innerText(),
      /Nobody listens on port 15003/,
    );
    await admin.getByRole('link', { name: 'Show FSM_PROXY_OUT_REDIRECT, rule 1' }).click();
    await inspector.focused(/FSM_PROXY_OUT_REDIRECT#1 .*15001$/);
    await page.getByRole('button', { name: 'Back to FSM_PROXY_OUT_REDIRECT, rule 2' }).click();
    await inspector.focused(/FSM_PROXY_OUT_REDIRECT#1 .*ACCEPT$/);
    const input = page.locator('mr-chain-row[data-key="ipv4/nft/filter/INPUT"]');
    assert.match(await input.innerText(), /3 problems/);
    await page.keyboard.press('F8');
    await inspector.focused(/filter.INPUT#1 -s 10/);
    assert.match(
      await page.locator('mr-rule-row .perhaps').innerText(),
      /may never match[\s\S]*-m geoip is not modelled/,
    );
    await page.locator('.problems').click();
    await inspector.focused(/geoip .*8080/);
  });

  it('has only the rows on the screen in the page, however many there are, and keeps the focused one', async () => {
    const inspector = await open();
    const { page } = inspector;
    // Made in the page: handing over so many takes longer than all the rest.
    await page.evaluate(() => {
      const counted = { packets: 0, bytes: 0 };
      const chain = { ...counted, redirects: false };
      const rules = Array.from({ length: 50_000 }, (_, index) => ({
        ...{ ...counted, line: index + 3, ours: false },
        text: `-s 10.${index >> 16}.${(index >> 8) & 255}.${index & 255}/32 -p tcp -j DROP`,
      }));
      const chains = [
        { ...chain, name: 'OUTPUT', policy: 'ACCEPT', line: 1, rules: [] },
        { ...chain, name: 'BIG', policy: null, line: 2, rules },
      ];
      const tables = [{ name: 'nat', chains }];
      window.fixture.send({ type: 'rulesets', rulesets: [{ family: 'ipv4', backend: 'nft', tables }] });
    });
    await inspector.chain('BIG').click();
    await inspector.rule('BIG', 1).waitFor();
    assert.ok((await page.locator('mr-rule-row').count()) < 100);
    await inspector.chain('BIG').focus();
    await page.keyboard.press('End');
    await inspector.focused(/-s 10.0.195.79/);
    assert.equal(await page.locator('mr-rule-row').last().locator('.number').innerText(), '50000');
    assert.equal(await page.locator('[role=treegrid]').getAttribute('aria-rowcount'), '50004');
    assert.match(await page.locator('.sticky').innerText(), /nat[\s\S]*BIG[\s\S]*connections/);
    // Out of sight, and still where the keys go on from.
    await page.locator('mr-virtual-list').evaluate((list) => {
      list.scrollTop = 0;
    });
    await inspector.rule('BIG', 1).waitFor();
    await page.keyboard.press('ArrowUp');
    await inspector.focused(/-s 10.0.195.78/);
    assert.ok(await page.getByText('10.0.195.78/32').isVisible());
    await page.getByRole('textbox', { name: 'Filter' }).fill('10.0.100.');
    await page.locator('.found').getByText('256 of 50,000 rules match', { exact: true }).waitFor();
  });
});
