import assert from 'node:assert/strict';
import type { Finding } from '../../../src/core/residue';
import type { RemovedResidue } from '../../../src/redirect';
import { detailLine, isOthers, removedText } from '../../../src/ui/residue-words';

const finding = (change: Partial<Finding> = {}): Finding => ({
  ...{ id: 'rules/c1', kind: 'rules', whose: 'FSM', title: 'web: FSM’s rules lead nowhere' },
  ...{ details: ['-A a', '-A b'], ticked: true, removal: [] },
  ...change,
});
const removed = (outcome: RemovedResidue['outcome'], message: string | null = null): RemovedResidue => ({
  finding: finding(),
  outcome,
  message,
});

describe('the words of residue', () => {
  it('say what was removed, what was gone, and what was left and why', () => {
    assert.equal(removedText('edge', [removed('removed')], 1), '1 of 1 finding removed from edge.');
    assert.equal(
      removedText('edge', [removed('removed'), removed('gone'), removed('changed', 'Look again.')], 4),
      '1 of 4 findings removed from edge. 1 was gone by then. 1 was left when you cancelled. ' +
        'Left: web: FSM’s rules lead nowhere. Look again.',
    );
  });

  it('tell what is ours or FSM’s from what is somebody else’s', () => {
    assert.ok(!isOthers(finding()) && !isOthers(finding({ whose: 'Mesh Redirect' })));
    assert.ok(isOthers(finding({ whose: 'Istio' })));
  });

  it('show the first of the details', () => {
    assert.equal(detailLine(finding()), '-A a  (and 1 more)');
    assert.equal(detailLine(finding({ details: ['link 7'] })), 'link 7');
  });
});
