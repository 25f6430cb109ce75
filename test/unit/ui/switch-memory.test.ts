import assert from 'node:assert/strict';
import type { SavedState } from '../../../src/core/redirect';
import { SavedStates } from '../../../src/ui/switching/saved-states';
import { SwitchMemory } from '../../../src/ui/switching/switch-memory';
import { Memory } from './memory';

const KEY = { node: 'local', boot: 'b1', workload: 'c1' };
const state = (taken: number): SavedState => ({
  ...{ mode: 'iptables', verdict: 'iptables', taken, rules: [], hooks: null },
});

describe('SwitchMemory', () => {
  let states: SavedStates;
  const takenNow = (): number | undefined => states.of(KEY)?.state.taken;

  beforeEach(() => {
    states = new SavedStates(new Memory());
  });

  it('keeps what was there before, from the moment on at which the switch is armed', async () => {
    const memory = new SwitchMemory(states, KEY, 'ebpf');
    await memory.kept();
    assert.equal(states.of(KEY), null);
    memory.armed(state(1));
    await memory.kept();
    assert.equal(takenNow(), 1);
    assert.equal(states.of(KEY)?.to, 'ebpf');
  });

  it('forgets it again where the switch is taken back', async () => {
    const memory = new SwitchMemory(states, KEY, 'ebpf');
    memory.armed(state(1));
    await memory.takenBack();
    assert.equal(states.of(KEY), null);
  });

  it('gives back what an earlier switch had left where the switch is taken back', async () => {
    const earlier = { at: 1, to: 'iptables', state: state(1) } as const;
    await states.keep(KEY, earlier);
    const memory = new SwitchMemory(states, KEY, 'ebpf');
    memory.armed(state(2));
    await memory.kept();
    assert.equal(takenNow(), 2);
    await memory.takenBack();
    assert.deepEqual(states.of(KEY)?.state, earlier.state);
  });

  it('leaves what there is alone where the switch was never armed', async () => {
    await states.keep(KEY, { at: 1, to: 'iptables', state: state(1) });
    await new SwitchMemory(states, KEY, 'ebpf').takenBack();
    assert.equal(takenNow(), 1);
  });

  it('says so where VS Code could not write it', async () => {
    const broken = new SavedStates({
      get: () => undefined,
      update: () => Promise.reject(new Error('disk full')),
    });
    const memory = new SwitchMemory(broken, KEY, 'ebpf');
    memory.armed(state(1));
    await assert.rejects(memory.kept(), /disk full/);
  });
});
