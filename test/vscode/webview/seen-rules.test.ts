import assert from 'node:assert/strict';
import type { SeenRules } from '../../../src/protocol/inspector';
import { rulesetFrom } from '../../../webview/fixture/save-text';
import type { FixturePage } from './fixture-page';
import { useFixture } from './use-fixture';

const RULES = 2000;
/** Its chain has line 2, its rules those from 3 on. */
const LONG = [
  '*nat',
  ':OUTPUT ACCEPT [0:0]',
  ':FSM_PROXY_OUTBOUND - [0:0]',
  ...Array.from({ length: RULES }, (_, at) => `[0:0] -A FSM_PROXY_OUTBOUND -p tcp --dport ${at + 1}`),
  'COMMIT',
  '',
].join('\n');

/** What was told last to be seen; waits until it fits. */
async function seen(inspector: FixturePage, fits: (rules: SeenRules) => boolean): Promise<SeenRules> {
  for (;;) {
    const last = (await inspector.posted('seeRules')).at(-1) as { rules: SeenRules } | undefined;
    if (last && fits(last.rules)) return last.rules;
    await inspector.page.waitForTimeout(20);
  }
}

const has = (line: number) => (rules: SeenRules) =>
  rules.some(({ lines }) => lines.some(([first, last]) => first <= line && line <= last));

describe('inspector: what is seen of rules', () => {
  const open = useFixture();

  it('is told to the host, and little more than fits on the screen', async () => {
    const inspector = await open();
    await inspector.send({ type: 'rulesets', rulesets: [rulesetFrom(LONG, 'ipv4', 'nft')] });
    const first = await seen(inspector, has(3));
    assert.ok(!has(RULES)(first));
    await inspector.page.locator('mr-virtual-list').evaluate((list) => (list.scrollTop = list.scrollHeight));
    const last = await seen(inspector, has(RULES + 2));
    assert.ok(!has(3)(last));
    const lines = last.flatMap((one) => one.lines).reduce((sum, [from, to]) => sum + to - from + 1, 0);
    assert.ok(lines < 100, `${lines} lines`);
  });

  it('fills the screen over some frames after a jump to a far place', async () => {
    const inspector = await open();
    const { page } = inspector;
    await inspector.send({ type: 'rulesets', rulesets: [rulesetFrom(LONG, 'ipv4', 'nft')] });
    await page.locator('mr-rule-row').first().waitFor();
    const made = await page.locator('mr-virtual-list').evaluate(async (list) => {
      const byFrame = new Map<CSSNumberish | null, number>();
      const seen = new MutationObserver((changes) => {
        const frame = document.timeline.currentTime;
        const rows = changes
          .flatMap(({ addedNodes }) => [...addedNodes])
          .filter((node) => node instanceof Element);
        byFrame.set(frame, (byFrame.get(frame) ?? 0) + rows.length);
      });
      seen.observe(list.querySelector('.rows') ?? list, { childList: true });
      list.scrollTop = list.scrollHeight / 2;
      const { left, bottom } = list.getBoundingClientRect();
      while (!document.elementFromPoint(left + 40, bottom - 30)?.closest('mr-rule-row'))
        await new Promise(requestAnimationFrame);
      seen.disconnect();
      return [...byFrame.values()].filter((count) => count > 0);
    });
    const all = made.reduce((sum, count) => sum + count, 0);
    assert.ok(all > 20 && Math.max(...made) <= all / 2, made.join());
  });

  it('is what the filter leaves', async () => {
    const inspector = await open();
    await inspector.send({ type: 'rulesets', rulesets: [rulesetFrom(LONG, 'ipv4', 'nft')] });
    await inspector.page.locator('.filter').getByRole('textbox').fill('dport 1999');
    const [one] = await seen(inspector, (rules) => !has(3)(rules) && has(2001)(rules));
    assert.deepEqual(one, {
      family: 'ipv4',
      backend: 'nft',
      lines: [
        [2, 2],
        [2001, 2001],
      ],
    });
  });

  it('is on the picture of the path what leads from one chain to another, and to the sidecar', async () => {
    const inspector = await open();
    await inspector.page.getByRole('tab', { name: 'Path' }).click();
    await inspector.page.locator('mr-lane').first().waitFor();
    const leading = ['-A OUTPUT -p tcp -j FSM_PROXY_OUTBOUND', '-A FSM_PROXY_OUTBOUND -p tcp -j REDIRECT'];
    const text = LONG.replace('COMMIT', [...leading.map((rule) => `[0:0] ${rule}`), 'COMMIT'].join('\n'));
    await inspector.send({ type: 'rulesets', rulesets: [rulesetFrom(text, 'ipv4', 'nft')] });
    const [one] = await seen(inspector, has(RULES + 3));
    assert.deepEqual(one?.lines, [[RULES + 3, RULES + 4]]);
  });
});
