import assert from 'node:assert/strict';
import { rangesOf, seenRules } from '../../../webview/model/seen-rules';
import { Rules } from '../../../webview/model/rulesets';
import { rulesetFrom } from '../../../webview/fixture/save-text';

describe('what is seen of rules', () => {
  it('is told as ranges, in order, none twice', () => {
    assert.deepEqual(rangesOf([]), []);
    assert.deepEqual(rangesOf([7, 3, 4, 5, 4, 9, 10]), [
      [3, 5],
      [7, 7],
      [9, 10],
    ]);
  });

  it('names rulesets of which something is seen', () => {
    const text = '*nat\n:OUTPUT ACCEPT [0:0]\n:A - [0:0]\n[0:0] -A OUTPUT -j A\n[0:0] -A A -p tcp\nCOMMIT\n';
    const views = (['nft', 'legacy'] as const).map((backend) => rulesetFrom(text, 'ipv4', backend));
    const { rulesets } = new Rules(views, null);
    const seen = seenRules(rulesets, ({ view, tables }) =>
      view.backend === 'nft' ? [] : tables.flatMap(({ chains }) => chains).map((chain) => chain.view.line),
    );
    assert.deepEqual(seen, [
      {
        family: 'ipv4',
        backend: 'legacy',
        lines: [[1, 2]],
      },
    ]);
  });
});
