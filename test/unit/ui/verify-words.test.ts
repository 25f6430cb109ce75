import assert from 'node:assert/strict';
import type { Check } from '../../../src/core/verify';
import { checkPage, checkSummary } from '../../../src/ui/verify/words';

const check = (outcome: Check['outcome'], title = 'A', message = 'seen'): Check => ({
  id: title,
  title,
  outcome,
  message,
});

describe('the words of a verification', () => {
  it('say that all has passed, and what could not be decided', () => {
    assert.equal(
      checkSummary('web on edge', [check('passed'), check('passed')]),
      '2 of 2 checks of web on edge passed with real connections.',
    );
    assert.equal(
      checkSummary('web', [check('passed'), check('inconclusive')]),
      '1 of 2 checks of web passed with real connections. 1 could not be decided.',
    );
    assert.match(checkSummary('web', []), /nothing to check/);
  });

  it('name what has failed, the first three', () => {
    const failed = ['A', 'B', 'C', 'D', 'E'].map((title) => check('failed', title));
    assert.equal(
      checkSummary('web', [check('passed'), ...failed]),
      '5 of 6 checks of web failed: A; B; C; and 2 more.',
    );
  });

  it('list on a page what has failed first, as text', () => {
    const page = checkPage('Checks of <b>web</b>', [
      check('passed', 'A'),
      check('inconclusive', 'B'),
      check('failed', 'C', 'sidecar | [x](y)'),
    ]);
    const rows = page.split('\n').filter((line) => /^\| [ABC] /.test(line));
    assert.deepEqual(
      rows.map((row) => row.slice(2, 3)),
      ['C', 'B', 'A'],
    );
    assert.doesNotMatch(page, /<b>|\[x\]/);
  });
});
