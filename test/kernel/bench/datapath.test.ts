import assert from 'node:assert/strict';
import { parseArguments } from '../../bench/datapath/arguments';
import { datapath } from '../../bench/datapath/datapath';
import { FIGURES } from '../../bench/datapath/results';
import { VARIANTS } from '../../bench/datapath/variants';

describe('the bench of the data path', () => {
  it('measures every variant, with unrelated rules and without, and lets no request fail', async function () {
    this.timeout(180_000); // eight pods, half of which are switched
    const options = parseArguments([
      '--rounds=1',
      '--milliseconds=100',
      '--only=connections, 16 at once',
      '--rules=10',
      '--processors=any',
    ]);
    // To have ranges excluded takes switches, which have tests of their own.
    const parts = options.parts.filter(({ unrelated }) => unrelated?.kind !== 'exclusions');
    let rows = 0;
    for await (const results of datapath({ ...options, prefix: 't-dp', parts })) {
      assert.deepEqual(
        results.map(({ variant }) => variant),
        VARIANTS.map(({ name }) => name),
      );
      for (const { figures } of results)
        for (const figure of FIGURES) assert.ok(figures[figure].median > 0, figure);
      rows += 1;
    }
    assert.equal(rows, 3);
  });
});
