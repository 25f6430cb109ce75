import assert from 'node:assert/strict';
import type { RuleToken, RulesetView } from '../../../src/protocol/inspector';
import { tokensOf } from '../../../src/core/iptables';
import { arrange } from '../../../webview/chains/arrange';
import { itemsOf } from '../../../webview/chains/items';
import { RuleSearch } from '../../../webview/chains/search';
import { formatBytes } from '../../../webview/format';
import { MapContent } from '../../../webview/model/map-content';
import { Rules } from '../../../webview/model/rulesets';
import { readUiState } from '../../../webview/model/ui-state';
import { EMPTY_FORM } from '../../../webview/trace/form';

function arranged(spec: string): string {
  const { matches, verdict, comments } = arrange(tokensOf(spec, () => false));
  const words = (group: RuleToken[]) => group.map(({ text }) => text).join(' ');
  return [
    ...matches.map(words),
    '→',
    ...verdict.map(words),
    ...comments.map((comment) => `# ${comment}`),
  ].join(' | ');
}

describe('inspector: a rule as it is shown', () => {
  it('keeps what belongs together, and puts the comment last', () => {
    assert.equal(
      arranged(
        '! -d 127.0.0.1/32 -p tcp -m comment --comment "mesh-redirect: x" -j REDIRECT --to-ports 15001',
      ),
      '! -d 127.0.0.1/32 | -p tcp | → | -j REDIRECT | --to-ports 15001 | # mesh-redirect: x',
    );
    assert.equal(
      arranged('-m owner ! --uid-owner 1500 -j RETURN'),
      '-m owner | ! --uid-owner 1500 | → | -j RETURN',
    );
  });

  it('loses no word of a comment that is not as usual', () => {
    assert.equal(arranged('-m comment'), '-m comment | →');
    assert.equal(
      arranged('-m comment --comment a -m comment --comment "--dport" -j X'),
      '→ | -j X | # a | # --dport',
    );
  });
});

describe('inspector: the lines of the chains view', () => {
  const rule = (line: number, text: string) => ({
    line,
    text,
    packets: 0,
    bytes: 0,
    ours: false,
  });
  const chain = { policy: null, packets: 0, bytes: 0, redirects: true };
  const view: RulesetView = {
    family: 'ipv4',
    backend: 'legacy',
    tables: [
      {
        name: 'nat',
        chains: [
          { ...chain, name: 'A', line: 1, rules: [rule(3, '-j B'), rule(4, '-j B')] },
          { ...chain, name: 'B', line: 2, redirects: false, rules: [rule(5, '-j RETURN')] },
        ],
      },
    ],
  };

  it('tells equal rules apart, and folds by hand what would be open', () => {
    const { rulesets } = new Rules([view], null);
    const keys = (folded: Record<string, boolean>) =>
      itemsOf(rulesets, 'others', folded).items.map(({ kind, key }) => `${kind} ${key}`);
    const heads = ['ruleset ipv4/legacy', 'table ipv4/legacy/nat', 'chain ipv4/legacy/nat/A'];
    const rules = ['rule ipv4/legacy/nat/A#1 -j B', 'rule ipv4/legacy/nat/A#2 -j B'];
    assert.deepEqual(keys({}), [...heads, ...rules, 'chain ipv4/legacy/nat/B']);
    assert.deepEqual(keys({ 'ipv4/legacy/nat/A': true }), [...heads, 'chain ipv4/legacy/nat/B']);
  });

  it('finds rules by their text and chains by their names, with the heads above them', () => {
    const { rulesets } = new Rules([view], null);
    const found = (filter: string) => {
      const work = new RuleSearch(rulesets).find(filter);
      let step = work.next();
      while (!step.done) step = work.next();
      const { items, matching, total } = step.value;
      return [items.map(({ key }) => key.replace('ipv4/legacy/', '')), matching, total];
    };
    const heads = ['ipv4/legacy', 'nat'];
    assert.deepEqual(found('-J b'), [[...heads, 'nat/A', 'nat/A#1 -j B', 'nat/A#2 -j B'], 2, 3]);
    assert.deepEqual(found(' return '), [[...heads, 'nat/B', 'nat/B#1 -j RETURN'], 1, 3]);
    const all = ['nat/A', 'nat/A#1 -j B', 'nat/A#2 -j B', 'nat/B', 'nat/B#1 -j RETURN'];
    assert.deepEqual(found('b'), [[...heads, ...all], 3, 3]);
    assert.deepEqual(found('no such thing'), [[], 0, 3]);
  });

  it('passes over counters of lines that are not there', () => {
    const rules = new Rules([view], null);
    rules.ruleset({ family: 'ipv4', backend: 'legacy' })?.count(
      [
        [4, 7, 420],
        [99, 1, 1],
      ],
      1,
      5,
    );
    const counted = rules.rulesets[0]?.tables[0]?.chains[0]?.rules.map(
      ({ counter }) => counter.value.packets,
    );
    assert.deepEqual(counted, [0, 7]);
  });
});

describe('inspector: the rows of a map', () => {
  it('keeps one row for each id, over pages and changes', () => {
    const content = new MapContent(1);
    const row = (id: string, text: string) => ({ id, cells: [{ text }] });
    content.page({
      columns: ['x'],
      rows: [row('a', '1'), row('b', '1')],
      more: true,
      append: false,
      loading: false,
    });
    content.change([row('c', '1')], []);
    content.page({
      columns: ['x'],
      rows: [row('c', '2'), row('d', '1')],
      more: false,
      append: true,
      loading: false,
    });
    assert.deepEqual(
      content.rows.value?.rows.map(({ key, state }) => `${key}${state.value.row.cells[0]?.text}`),
      ['a1', 'b1', 'c2', 'd1'],
    );
  });
});

describe('inspector: a map of which little changes', () => {
  const row = (id: string, text: string, hex = '00') => ({ id, cells: [{ text, hex }] });
  const content = new MapContent(1);
  const shown = () => content.rows.value?.rows.map(({ key, state }) => key + state.value.mark.charAt(0));

  before(() => {
    const rows = [row('a', '1'), row('b', '12'), row('c', '3')];
    content.page({ columns: ['x'], rows, more: false, append: false, loading: false });
  });

  it('has the same array of rows as long as none comes and none goes', () => {
    const { rows } = content.rows.value ?? { rows: [] };
    content.change([row('b', '2')], ['not-loaded']);
    assert.equal(content.rows.value?.rows, rows);
    assert.deepEqual(shown(), ['an', 'bc', 'cn']);
    assert.equal(content.rows.value.changed, 1);
  });

  it('tells which columns changed, for what was worked out of the others', () => {
    const two = (text: string, hex = '00') => ({
      id: 'a',
      cells: [
        { text: 'key', hex: '01' },
        { text, hex },
      ],
    });
    const map = new MapContent(1);
    map.page({ columns: ['k', 'v'], rows: [two('1')], more: false, append: false, loading: false });
    map.change([two('2')], []);
    assert.deepEqual([map.changes.any, map.changes.columns[0], map.changes.columns[1]], [1, undefined, 1]);
    map.change([two('2', '0000')], []);
    assert.deepEqual([map.changes.columns[1], map.changes.sizes], [2, 2]);
    map.change([{ ...two('9'), id: 'b' }], ['a']);
    assert.deepEqual([map.changes.any, map.changes.columns[1]], [3, 2]);
  });

  it('takes one that is deleted and set in one update for a new one', () => {
    content.change([row('a', '9')], ['a', 'c']);
    assert.deepEqual(shown(), ['bn', 'aa']);
    const { added, changed, removed } = content.rows.value ?? {};
    assert.deepEqual({ added, changed, removed }, { added: 1, changed: 0, removed: 2 });
  });

  it('has columns as wide as the widest that came, and no wider than is shown whole', () => {
    const [before] = content.widths.of(['x'], false);
    content.change([row('d', '12345678', '00'.repeat(9))], []);
    assert.deepEqual([before, ...content.widths.of(['x'], false)], [4, 8]);
    assert.deepEqual(content.widths.of(['x'], true), [Math.ceil(26 * 0.9)]);
    content.change([row('d', '1')], []);
    assert.deepEqual(content.widths.of(['x'], false), [8]);
    content.change([row('d', 'x'.repeat(99))], []);
    assert.deepEqual(content.widths.of(['x', 'a longer title'], false), [56, 17]);
  });
});

describe('inspector: what is kept and what is written', () => {
  it('takes from a kept state what fits', () => {
    const kept = { view: 'maps', filter: 3, folded: { a: true, b: 'x' }, map: { id: 1 }, raw: true };
    assert.deepEqual(readUiState(kept), {
      view: 'maps',
      filter: '',
      folding: 'others',
      folded: { a: true },
      map: null,
      raw: true,
      byteOrder: 'little',
      trace: EMPTY_FORM,
      who: null,
    });
    assert.equal(readUiState(undefined).view, 'chains');
  });

  it('writes bytes in units that leave few digits', () => {
    assert.deepEqual([0, 1023, 1024, 1536, 204_800, 5e12].map(formatBytes), [
      '0 B',
      '1023 B',
      '1.0 KiB',
      '1.5 KiB',
      '200 KiB',
      '4.5 TiB',
    ]);
  });
});
