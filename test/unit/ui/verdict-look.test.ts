import assert from 'node:assert/strict';
import type { Verdict } from '../../../src/core/redirect';
import { verdictText } from '../../../src/ui/tree/verdict-look';

const verdict = (change: Partial<Verdict>): Verdict => ({
  ...{
    kind: 'none',
    evidence: [],
    missing: [],
    differences: [],
    uncertain: [],
    foreign: null,
    draining: false,
  },
  ...{ accelerated: false, rules: [], hooks: new Map() },
  ...change,
});

describe('verdictText', () => {
  for (const [text, change, declared] of [
    ['none', {}, null],
    ['eBPF', { kind: 'ebpf' }, 'ebpf'],
    ['both: rules and hooks redirect', { kind: 'both' }, null],
    ['iptables (declared eBPF)', { kind: 'iptables' }, 'ebpf'],
    ['eBPF (accelerated)', { kind: 'ebpf', accelerated: true }, null],
    ['iptables (order of rules unknown)', { kind: 'iptables', uncertain: ['x'] }, null],
    ['eBPF (draining)', { kind: 'ebpf', draining: true }, null],
    ['foreign: Istio', { kind: 'foreign', foreign: 'Istio' }, null],
    [
      'partial: sk_lookup is not attached',
      { kind: 'partial', missing: ['sk_lookup is not attached.'] },
      null,
    ],
    ['partial: a and 2 more (declared eBPF)', { kind: 'partial', missing: ['a.', 'b.', 'c.'] }, 'ebpf'],
  ] as const satisfies [string, Partial<Verdict>, 'ebpf' | null][]) {
    it(`says "${text}"`, () => {
      assert.equal(verdictText(verdict({ ...change }), declared), text);
    });
  }
});
