import assert from 'node:assert/strict';
import type { Snapshot } from '../../../src/core/model';
import { DEFAULT_POLICY, type Policy } from '../../../src/core/policy';
import { planSwitch, type Call, type PlanInput } from '../../../src/core/redirect';
import { NODE_INFO as node } from './node-info';
import { snapshotOf } from './observed';

const program: Omit<Snapshot['programs'][number], 'id' | 'name'> = {
  ...{ type: 'sk_lookup', tag: '', translatedSize: 0, jitedSize: 0, runCount: 0, runTime: 0 },
  maps: [77, 78],
};
const map: Omit<Snapshot['maps'][number], 'id' | 'name'> = {
  ...{ type: 'hash', keySize: 4, valueSize: 8, maxEntries: 16, memory: 0 },
};

/** A workload in eBPF mode, or what is left of one when only some hooks are attached. */
export const attachedTo = (attachments: Snapshot['attachments']): Partial<Snapshot> => ({
  attachments,
  programs: attachments.map(({ hook, program: id }) => ({ ...program, id, name: hook })),
  maps: [
    { ...map, id: 77, name: 'listeners' },
    { ...map, id: 78, name: 'origins' },
  ],
});

export const plan = (parts: Partial<Snapshot>, more: Partial<PlanInput> = {}) =>
  planSwitch({
    snapshot: snapshotOf(parts),
    node,
    policy: DEFAULT_POLICY,
    to: 'ebpf',
    object: { base64: 'AA==', sha256: '0'.repeat(64) },
    ...more,
  });

/** What the maps hold under a policy: what a plan fills them with. */
export function policyMaps(policy: Policy) {
  const load = plan({}, { policy })
    .steps.map(({ call }) => call)
    .find(({ verb }) => verb === 'bpf/load');
  assert.ok(load?.verb === 'bpf/load');
  return load.params.maps.map((contents, index) => ({ ...contents, id: 10 + index }));
}

/** A call in a few words. */
export function word(call: Call): string {
  if (call.verb === 'bpf/attach') return `attach ${call.params.programs.join(' ')}`;
  if (call.verb === 'bpf/detach') return `detach ${call.params.hooks.join(' ')}`;
  return call.verb;
}

export const words = (steps: readonly { call: Call }[] | undefined): string[] =>
  (steps ?? []).map(({ call }) => word(call));

export const textOf = (call: Call | undefined): string =>
  call?.verb === 'iptables/restore' ? call.params.text : assert.fail(`${call?.verb} has no text`);
