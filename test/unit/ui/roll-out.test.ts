import assert from 'node:assert/strict';
import type { VerdictKind } from '../../../src/core/redirect';
import { suits } from '../../../src/ui/roll-out/candidates';
import { rollOutPage, rollOutStakes, rollOutSummary, rollOutTitle } from '../../../src/ui/roll-out/words';
import { snapshotOf } from '../core/observed';
import { verdict } from './verdicts';

const { workload } = snapshotOf({});

function candidate(kind: VerdictKind, sidecar: 'both' | 'one' | 'none' = 'both') {
  const observation = {
    ...{ kind: 'observed' as const, verdict: verdict(kind), checks: [] },
    sidecar: { kind: sidecar, text: '' },
  };
  return { observation, switchingTo: null, workload };
}

describe('which workloads a roll-out is for', () => {
  it('those that are redirected otherwise, or have a sidecar', () => {
    assert.equal(suits(candidate('iptables'), 'ebpf'), 'yes');
    assert.equal(suits(candidate('partial', 'none'), 'ebpf'), 'yes');
    assert.equal(suits(candidate('none'), 'ebpf'), 'yes');
    assert.equal(suits(candidate('ebpf'), 'ebpf'), 'same');
    assert.equal(suits(candidate('none', 'none'), 'none'), 'same');
  });

  it('not those that nobody would serve, or that are another’s', () => {
    assert.equal(suits(candidate('none', 'one'), 'ebpf'), 'no');
    assert.equal(suits(candidate('foreign'), 'ebpf'), 'no');
    assert.equal(suits({ ...candidate('iptables'), workload: { ...workload, host: true } }, 'ebpf'), 'no');
    assert.equal(suits({ ...candidate('iptables'), switchingTo: 'ebpf' }, 'ebpf'), 'no');
    assert.equal(suits({ ...candidate('none'), observation: { kind: 'unknown' } }, 'ebpf'), 'no');
  });

  it('and those that are in the mode, but not as the policy says', () => {
    const other = candidate('ebpf');
    other.observation.verdict.differences.push('Port 80 is not excluded.');
    assert.equal(suits(other, 'ebpf'), 'yes');
  });
});

describe('what is said of a roll-out', () => {
  it('before it begins', () => {
    assert.equal(rollOutTitle('mesh', 'ebpf', 12), 'Switch 12 workloads of mesh to eBPF');
    assert.equal(rollOutTitle('mesh', 'none', 1), 'Remove the redirection of 1 workload of mesh');
    assert.match(rollOutStakes(1, 2, 5), /5 at once.*1 more is so already\. 2 are left out/);
  });

  it('while it runs, and in the end', () => {
    assert.equal(
      rollOutSummary('running', ['done', 'switching', 'waiting']),
      '1 of 3 workloads are through: 1 of 3 workloads switched and verified.',
    );
    assert.equal(
      rollOutSummary('failed', ['undone', 'failed', 'stuck', 'waiting']),
      'Stopped at a failure: 0 of 4 workloads switched and verified, 1 failed, 1 brought back, 1 could not be brought back, 1 not begun.',
    );
  });

  it('to be kept, whatever names are', () => {
    const row = {
      id: 'a',
      workload: 'shop/web|x',
      node: 'n',
      stage: 'done',
      text: '*ok*',
      verdict: 'eBPF',
    } as const;
    const board = { title: 'T', summary: 'S', state: 'done', canUndo: true, rows: [row] } as const;
    const page = rollOutPage({ ...board, rows: [row] }, 'then', 'now');
    assert.match(page, /^# T\n\nS\n\nBegun then, written now\./);
    assert.ok(!page.includes('shop/web|x') && !page.includes('*ok*'), page);
  });
});
