import assert from 'node:assert/strict';
import { MOST, SavedStates, type Saved, type WorkloadKey } from '../../../src/ui/switching/saved-states';
import { Memory } from './memory';

const key = (workload: string, change: Partial<WorkloadKey> = {}): WorkloadKey => ({
  node: 'ssh:root@10.0.0.1:22',
  boot: 'b1',
  workload,
  ...change,
});
const saved = (at: number): Saved => ({
  at,
  to: 'ebpf',
  state: { mode: 'iptables', verdict: 'iptables', taken: at, rules: [], hooks: null },
});

describe('SavedStates', () => {
  let memory: Memory;
  let states: SavedStates;
  let changes: string[];

  beforeEach(() => {
    memory = new Memory();
    states = new SavedStates(memory);
    changes = [];
    states.onDidChange((changed) => changes.push(changed.map(({ workload }) => workload).join()));
  });

  it('gives back what was kept, also after a restart', async () => {
    await states.keep(key('c1'), saved(1));
    assert.deepEqual(states.of(key('c1'))?.state, saved(1).state);
    assert.equal(new SavedStates(memory).of(key('c1'))?.at, 1);
    assert.equal(states.of(key('c2')), null);
    assert.deepEqual(changes, ['c1']);
  });

  it('keeps one state a workload, the one before its last switch', async () => {
    await states.keep(key('c1'), saved(1));
    await states.keep(key('c1'), saved(2));
    assert.equal(states.of(key('c1'))?.at, 2);
    await states.forget(key('c1'));
    assert.equal(states.of(key('c1')), null);
  });

  it('tells workloads of other nodes and of other boots apart', async () => {
    await states.keep(key('c1'), saved(1));
    assert.equal(states.of(key('c1', { node: 'local' })), null);
    assert.equal(states.of(key('c1', { boot: 'b2' })), null);
  });

  it(`keeps ${MOST}, and drops the oldest`, async () => {
    for (let index = 0; index <= MOST; index += 1) await states.keep(key(`c${index}`), saved(index));
    assert.equal(states.of(key('c0')), null);
    assert.equal(states.of(key('c1'))?.at, 1);
    assert.equal(states.of(key(`c${MOST}`))?.at, MOST);
  });

  it('loses none of several that are kept at once', async () => {
    await Promise.all(['c1', 'c2', 'c3'].map((workload, index) => states.keep(key(workload), saved(index))));
    assert.deepEqual(
      ['c1', 'c2', 'c3'].map((workload) => states.of(key(workload))?.at),
      [0, 1, 2],
    );
  });

  it('forgets workloads that are gone: off the list, or of an earlier boot; not those of other nodes', async () => {
    for (const workload of ['c1', 'c2']) await states.keep(key(workload), saved(1));
    await states.keep(key('c3', { boot: 'b0' }), saved(1));
    await states.keep(key('c2', { node: 'local' }), saved(1));
    changes = [];
    await states.forgetGone('ssh:root@10.0.0.1:22', 'b1', new Set(['c1', 'c3']));
    assert.ok(states.of(key('c1')));
    assert.equal(states.of(key('c2')), null);
    assert.equal(states.of(key('c3', { boot: 'b0' })), null);
    assert.ok(states.of(key('c2', { node: 'local' })));
    assert.deepEqual(changes, ['c2,c3']);
  });

  it('passes over what it did not write', async () => {
    await states.keep(key('c1'), saved(1));
    const [name = ''] = memory.keys;
    const entries = memory.get(name) as unknown[];
    await memory.update(name, [{ node: 1 }, 'x', ...entries, { ...saved(1), ...key('c9'), state: {} }]);
    assert.equal(states.of(key('c1'))?.at, 1);
    assert.equal(states.of(key('c9')), null);
    await memory.update(name, 'nonsense');
    assert.equal(states.of(key('c1')), null);
  });
});
