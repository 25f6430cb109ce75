import {
  LISTENER_SLOTS,
  POLICY_MAPS,
  fromHex,
  mapsFromPolicy,
  readSettings,
  type MapContents,
} from '../ebpf';
import { renderPolicy, transitionText, type Redirection } from '../iptables';
import { REDIRECT_HOOKS, type Backend, type Family, type RedirectHook, type Snapshot } from '../model';
import type { Policy } from '../policy';
import { mapChanges } from './differences';
import { policyForMaps, ruleFacts, workloadFacts } from './families';
import { ANSWERING_HOOKS, REDIRECTING_HOOKS } from './hooks';
import type { Call, CallStep, MapRef } from './plan';
import { afterRemoval, rulesName, type RuleState } from './rule-state';

/** The BPF object of eBPF mode, checked against its manifest. */
export interface BpfObject {
  base64: string;
  sha256: string;
}

/** What a map of eBPF mode of a running workload holds. */
export interface PolicyMapState extends MapContents {
  id: number;
}

/** How long iptables waits for another process's xtables lock. */
const WAIT_SECONDS = 10;

type Tool = { family: Family; backend: Backend };

function restoreStep(
  workload: string,
  title: string,
  tool: Tool,
  from: Redirection,
  to: Redirection,
): CallStep[] {
  const text = transitionText(from, to);
  const back = transitionText(to, from);
  if (text === null || back === null) return [];
  const call = (text: string): Call => ({
    verb: 'iptables/restore',
    params: { workload, ...tool, text, waitSeconds: WAIT_SECONDS },
  });
  return [{ kind: 'call', title, call: call(text), undo: [call(back)] }];
}

const NOTHING: Redirection = { chains: [], jumps: [] };

/** Brings the rules of one family in one back-end, whatever they are, to those of the policy. */
export function writeRules(
  snapshot: Snapshot,
  policy: Policy,
  tool: Tool,
  states: readonly RuleState[],
): CallStep[] {
  const present = states.find(({ family, backend }) => family === tool.family && backend === tool.backend);
  const { id } = snapshot.workload;
  const wanted = renderPolicy(policy, tool.family, ruleFacts(snapshot));
  return restoreStep(id, `Write the ${rulesName(tool)}`, tool, present?.redirection ?? NOTHING, wanted);
}

/** Takes the rules away, but for the hold that lets translated connections end in peace. */
export function retireRules({ workload }: Snapshot, state: RuleState): CallStep[] {
  const { family, backend } = state;
  return restoreStep(
    workload.id,
    `Remove the ${rulesName(state)}`,
    { family, backend },
    state.redirection,
    afterRemoval(state),
  );
}

/** Takes away what `retireRules` left. */
export function releaseRules({ workload }: Snapshot, state: RuleState): CallStep[] {
  const { family, backend } = state;
  return restoreStep(
    workload.id,
    `Let go of the connections that ${rulesName(state)} translated`,
    { family, backend },
    afterRemoval(state),
    NOTHING,
  );
}

const inOrder = (hooks: Iterable<RedirectHook>): RedirectHook[] => {
  const wanted = new Set(hooks);
  return REDIRECT_HOOKS.filter((hook) => wanted.has(hook));
};

export function detach(
  { workload }: Snapshot,
  title: string,
  hooks: Iterable<RedirectHook>,
  undo: Call[],
): CallStep[] {
  const call: Call = { verb: 'bpf/detach', params: { workload: workload.id, hooks: inOrder(hooks) } };
  return call.params.hooks.length === 0 ? [] : [{ kind: 'call', title, call, undo }];
}

const adopt = (workload: string, map: MapRef | number, port: number): Call => ({
  verb: 'listeners/adopt',
  params: { workload, map, port, slots: { first: 0, count: LISTENER_SLOTS } },
});

/** The inbound port of the policy that the maps hold; null where they do not tell. */
export function inboundPortIn(maps: readonly MapContents[]): number | null {
  const value = maps.find(({ map }) => map === 'settings')?.entries[0]?.value;
  return value === undefined ? null : (readSettings(fromHex(value))?.inboundPort ?? null);
}

/**
 * Loads the programs and attaches them all: first those that answer, then the listeners that exist already, then those
 * that redirect; so nothing is redirected before it can be answered for. `before` is what is attached already: links are
 * updated in place, and only what is new is detached again by the undo.
 */
export function attachAll(
  { workload: { id: workload } }: Snapshot,
  object: BpfObject,
  { maps, inboundPort }: { maps: MapContents[]; inboundPort: number },
  before: ReadonlySet<RedirectHook>,
): CallStep[] {
  const step = (title: string, call: Call, undo: Call[] = []): CallStep => ({
    kind: 'call',
    title,
    call,
    undo,
  });
  const attach = (title: string, hooks: readonly RedirectHook[]): CallStep => {
    const added = hooks.filter((hook) => !before.has(hook));
    const undo: Call[] =
      added.length === 0 ? [] : [{ verb: 'bpf/detach', params: { workload, hooks: added } }];
    return step(
      title,
      { verb: 'bpf/attach', params: { workload, load: { ref: 'load' }, programs: [...hooks] } },
      undo,
    );
  };
  return [
    step('Load the programs and fill their maps', {
      verb: 'bpf/load',
      params: { workload, object: object.base64, sha256: object.sha256, maps },
    }),
    attach('Attach the hooks that answer for redirected connections', ANSWERING_HOOKS),
    step('Take in the sidecar’s listeners', adopt(workload, { ref: 'map', name: 'listeners' }, inboundPort)),
    attach('Attach the hooks that redirect', REDIRECTING_HOOKS),
  ];
}

/** What the maps are to hold in this workload. Throws as `mapsFromPolicy` does. */
export function wantedMaps(snapshot: Snapshot, policy: Policy): MapContents[] {
  return mapsFromPolicy(policyForMaps(snapshot, policy), workloadFacts(snapshot, policy));
}

/**
 * Changes what the maps of a running workload hold to what the policy says, map by map. Where the inbound port is
 * another, the listeners of the new one are in `listeners` (a map's id) before the settings name it: `sk_lookup` takes
 * only those of the port that the settings name. Those that began to listen between the two are taken in after.
 */
export function updateMaps(
  snapshot: Snapshot,
  policy: Policy,
  present: readonly PolicyMapState[],
  listeners: number,
): CallStep[] {
  const changes = mapUpdates(snapshot, policy, present);
  const { inboundPort } = policy;
  if (inboundPortIn(present) === inboundPort) return changes;
  const takeIn = (title: string): CallStep => ({
    kind: 'call',
    title,
    call: adopt(snapshot.workload.id, listeners, inboundPort),
    undo: [],
  });
  return [
    takeIn(`Take in the sidecar’s listeners of port ${inboundPort}`),
    ...changes,
    takeIn('Take in those that came meanwhile'),
  ];
}

function mapUpdates(snapshot: Snapshot, policy: Policy, present: readonly PolicyMapState[]): CallStep[] {
  const wanted = wantedMaps(snapshot, policy);
  return POLICY_MAPS.flatMap((name): CallStep[] => {
    const from = present.find(({ map }) => map === name);
    const to = wanted.find(({ map }) => map === name);
    if (!from || !to) return [];
    const forth = mapChanges(from.entries, to.entries);
    const back = mapChanges(to.entries, from.entries);
    if (forth.set.length + forth.delete.length === 0) return [];
    return [
      {
        kind: 'call',
        title: `Change the map ${name}`,
        call: { verb: 'maps/update', params: { map: from.id, ...forth } },
        undo: [{ verb: 'maps/update', params: { map: from.id, ...back } }],
      },
    ];
  });
}
