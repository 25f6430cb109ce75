import assert from 'node:assert/strict';
import { ArgumentError, parseArguments } from '../../bench/datapath/arguments';
import { plot } from '../../bench/datapath/plot';
import { figuresOf, quantile, type Result, type Sample } from '../../bench/datapath/results';
import { rowTable, rowText } from '../../bench/datapath/table';
import { VARIANTS } from '../../bench/datapath/variants';
import { WORKLOADS, type Workload } from '../../bench/datapath/workloads';

const sample = (perSecond: number): Sample => ({ perSecond, p50: 100, p99: 2500, cpu: 50 });

describe('the bench of the data path', () => {
  it('finds the place between two values', () => {
    assert.equal(quantile([4, 1, 3, 2], 0.5), 2.5);
    assert.equal(quantile([1, 2, 3, 4, 5], 0.25), 2);
    assert.throws(() => quantile([], 0.5), /nothing was measured/);
  });

  it('takes ratios within each round: a slow round of both changes nothing', () => {
    const base = [sample(1000), sample(100), sample(2000)];
    const own = [sample(1100), sample(110), sample(2200)];
    const { perSecond } = figuresOf(own, base);
    assert.equal(perSecond.median, 1100);
    assert.equal(perSecond.ratio.toFixed(3), '1.100');
    assert.deepEqual(
      perSecond.spread.map((each) => each.toFixed(3)),
      ['1.100', '1.100'],
    );
  });

  const resultsOf = (workload: Workload, unrelated: Result['unrelated'] = null): Result[] =>
    VARIANTS.map(({ name }, at) => ({
      workload: workload.name,
      variant: name,
      unrelated,
      figures: figuresOf([sample(1000 + 500 * at)], [sample(1000)]),
    }));
  const workload = WORKLOADS.find(({ counts }) => counts === 'connections') ?? assert.fail();

  it('writes a row for people, in units that fit', () => {
    const [head, first, second] = rowTable(
      resultsOf(workload, { kind: 'inert', count: 5000 }),
      workload,
      VARIANTS,
    ).split('\n');
    assert.equal(head, 'connections, 1 at once; 5,000 inert rules');
    assert.match(first ?? '', /^ {2}explicit sidecars +1,000 +100 µs +2.50 ms +50.0 µs +1.00 \(1.00-1.00\)/);
    assert.match(second ?? '', /^ {2}iptables \(nft\) +1,500 .* 1.50 \(1.50-1.50\) +1.00/);
  });

  it('draws every row and what is compared in it, and escapes what it writes', () => {
    const rows = WORKLOADS.map((each) => resultsOf(each));
    const svg = plot('a < b & c', rows, VARIANTS);
    assert.match(svg, /<title>a &#60; b &#38; c<\/title>/);
    for (const [row] of rows) assert.ok(row && svg.includes(`>${rowText(row)}</text>`));
    // Of each a mark in each row, and one in the legend.
    for (const at of VARIANTS.slice(1).keys())
      assert.equal(svg.split(`<path class="v${at}" `).length - 1, rows.length + 1);
    assert.ok(!/NaN|undefined|Infinity/.test(svg));
  });

  it('takes its command line, and says what is wrong with one', () => {
    const usual = parseArguments([]);
    assert.deepEqual([usual.rounds, usual.variants.length, usual.parts.length], [7, VARIANTS.length, 10]);
    const counts = usual.parts.map(({ unrelated }) => unrelated?.count ?? 0);
    assert.deepEqual(counts, [0, 100, 1000, 5000, 100, 1000, 5000, 100, 1000, 5000]);
    const quick = parseArguments(['--quick', '--only=bulk', '--processors=any', '--rounds=5']);
    assert.deepEqual([quick.rounds, quick.processors], [5, []]);
    assert.deepEqual(
      quick.parts.map(({ workloads }) => workloads.map(({ name }) => name)),
      [['bulk, 1 stream', 'bulk, 4 streams']],
    );
    for (const wrong of ['--rounds=0', '--rules=1,x', '--variants=tproxy', '--only=nothing', '--processors='])
      assert.throws(() => parseArguments([wrong]), ArgumentError);
  });
});
