import assert from 'node:assert/strict';
import { NAT } from '../../../webview/fixture/recorded';
import { PROGRAMS } from '../../../webview/fixture/programs';
import { rulesetFrom } from '../../../webview/fixture/save-text';
import { Rules } from '../../../webview/model/rulesets';
import { placed } from '../../../webview/path/layout';
import { pathModel, type Lane, type PathFacts, type PathModel } from '../../../webview/path/model';

const facts = (text: string, more: Partial<PathFacts> = {}): PathFacts => ({
  rulesets: new Rules([rulesetFrom(text, 'ipv4', 'nft')], null).rulesets,
  programs: [],
  family: 'ipv4',
  unfolded: new Set(),
  hookCounters: new Map(),
  ...more,
});

/** Where each node is from the top, by id. */
function heights(model: PathModel): Map<string, number> {
  return new Map(placed(model).nodes.map(({ node, y }) => [node.id, y]));
}

function inOrder(lane: Lane, ids: string[]): void {
  const at = heights(pathModel(lane, facts(NAT, { programs: PROGRAMS })));
  const found = ids.map((id) => at.get(id) ?? assert.fail(id));
  assert.deepEqual(
    found,
    [...found].sort((a, b) => a - b),
  );
}

describe('inspector: the path of a connection', () => {
  it('has hooks and chains in the order of the kernel, from top to bottom', () => {
    inOrder('outbound', [
      ...['application', 'connect4 1', 'connect4 2', 'ipv4/nft/nat/OUTPUT', 'ipv4/nft/filter/OUTPUT'],
      'network',
    ]);
    inOrder('inbound', ['network', 'ipv4/nft/nat/PREROUTING', 'sk_lookup 1', 'sidecar', 'application']);
  });

  it('says what is pre-empted and why, and only where something pre-empts it', () => {
    const reasons = (lane: Lane, programs: PathFacts['programs']) =>
      pathModel(lane, facts(NAT, { programs })).nodes.flatMap(({ label, preempted }) =>
        preempted === null ? [] : [`${label}: ${preempted}`],
      );
    assert.match(reasons('outbound', PROGRAMS).join('\n'), /FSM_PROXY_OUT_REDIRECT: connect4 has sent/);
    assert.match(reasons('inbound', PROGRAMS).join('\n'), /sk_lookup: The rules of nat PREROUTING/);
    assert.deepEqual([...reasons('outbound', []), ...reasons('inbound', [])], []);
  });

  it('says where both back-ends may translate: the kernel does not tell which it asks first', () => {
    const legacy = (target: string) =>
      `*nat\n:OUTPUT ACCEPT [0:0]\n[0:0] -A OUTPUT -d 10.0.0.9/32 -p tcp -j ${target}\nCOMMIT\n`;
    const unordered = (text: string) => {
      const views = [rulesetFrom(NAT, 'ipv4', 'nft'), rulesetFrom(text, 'ipv4', 'legacy')];
      const { nodes } = pathModel('outbound', { ...facts(''), rulesets: new Rules(views, null).rulesets });
      return nodes.flatMap((node) => (node.unordered === null ? [] : [node.id]));
    };
    const both = ['ipv4/nft/nat/OUTPUT', 'ipv4/legacy/nat/OUTPUT'];
    assert.deepEqual(unordered(legacy('DNAT --to-destination 10.0.0.8')), both);
    assert.deepEqual(unordered(legacy('ACCEPT')), []);
  });

  it('folds chains that do not redirect, and unfolds them', () => {
    const names = Array.from({ length: 200 }, (_, index) => `KUBE-SVC-${index}`);
    const text = [
      ...['*nat', ':OUTPUT ACCEPT [0:0]', ':FSM_PROXY_OUTBOUND - [0:0]'],
      ...names.map((name) => `:${name} - [0:0]`),
      '[0:0] -A OUTPUT -p tcp -j FSM_PROXY_OUTBOUND',
      ...names.map((name) => `[0:0] -A OUTPUT -d 10.0.0.1/32 -j ${name}`),
      '[0:0] -A FSM_PROXY_OUTBOUND -p tcp -j REDIRECT --to-ports 15001',
      'COMMIT',
    ].join('\n');
    const folded = pathModel('outbound', facts(text));
    const node = folded.nodes.find(({ kind }) => kind === 'folded');
    assert.equal(node?.label, '200 other chains');
    assert.ok(folded.nodes.length < 8);
    const unfolded = pathModel('outbound', facts(text, { unfolded: new Set([node.id]) }));
    assert.equal(unfolded.nodes.find(({ kind }) => kind === 'group')?.members.length, 200);
    const { nodes, width, height } = placed(unfolded);
    assert.ok(nodes.every(({ x, y }) => x >= 0 && y >= 0 && x < width && y < height));
    assert.ok(width < 1800 && height < 1800, 'readable without a long way to scroll');
  });
});
