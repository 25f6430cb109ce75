import assert from 'node:assert/strict';
import type { VerdictKind } from '../../../src/core/redirect';
import { statusText, verdictCounts, type Seen } from '../../../src/ui/status/summary';
import { verdict } from './verdicts';

const seen = (kind: VerdictKind | null): Seen => ({
  label: 'web',
  verdict: kind && verdict(kind),
  declared: null,
});
const node = (...kinds: (VerdictKind | null)[]) => ({ workloads: kinds.map(seen) });

describe('the status bar', () => {
  it('says how many nodes there are while nothing is amiss', () => {
    assert.equal(statusText([node('iptables', 'none')], null), '$(vm-active) 1 node');
    assert.equal(statusText([node('ebpf'), node()], null), '$(vm-active) 2 nodes');
  });

  it('counts what is amiss, the most pressing first', () => {
    const nodes = [node('foreign', 'partial', 'ebpf'), node('partial', 'both', null)];
    assert.equal(statusText(nodes, null), '$(warning) 2 nodes, 2 partial, 1 both, 1 foreign');
  });

  it('says the verdict of the workload that is inspected, in the words of the tree', () => {
    const inspected = { ...seen('iptables'), declared: 'ebpf' } as const;
    assert.equal(statusText([node('partial')], inspected), '$(list-tree) web: iptables (declared eBPF)');
    assert.equal(statusText([node('partial')], seen(null)), '$(warning) 1 node, 1 partial');
  });

  it('lists a node’s workloads by verdict', () => {
    assert.equal(
      verdictCounts(['none', 'ebpf', 'ebpf', 'partial'].map((kind) => seen(kind as VerdictKind))),
      '1 partial, 2 eBPF, 1 none',
    );
    assert.equal(verdictCounts([seen(null)]), 'no workload is known yet');
  });
});
