import { LISTENER_SLOTS, POLICY_MAPS, fromHex, readSettings, type MapContents } from '../ebpf';
import { REDIRECT_HOOKS, type RedirectHook } from '../model';
import { mapChanges } from './differences';
import { ANSWERING_HOOKS, REDIRECTING_HOOKS } from './hooks';
import type { Call, MapRef, Step } from './plan';

/** The BPF object of eBPF mode, checked against its manifest. */
export interface BpfObject {
  base64: string;
  sha256: string;
}

/** What a map of eBPF mode of a running workload holds. */
export interface PolicyMapState extends MapContents {
  id: number;
}

/**
 * The maps that know the connections there are. Programs that take the place of others take these over, so that nothing
 * is forgotten: whatever else the maps of a load hold is the policy.
 */
const RUNTIME_MAPS = ['origins', 'handover', 'listeners', 'counters'] as const;

/** What programs are attached with: what their maps hold, and whose connections they go on to know. */
export interface LoadInput {
  workload: string;
  object: BpfObject;
  maps: readonly MapContents[];
  /** The maps of the programs that are attached already: their ids by name. */
  present: ReadonlyMap<string, number>;
}

const inOrder = (hooks: Iterable<RedirectHook>): RedirectHook[] => {
  const wanted = new Set(hooks);
  return REDIRECT_HOOKS.filter((hook) => wanted.has(hook));
};

const detachCall = (workload: string, hooks: Iterable<RedirectHook>): Call => ({
  verb: 'bpf/detach',
  params: { workload, hooks: inOrder(hooks) },
});

const attachCall = (workload: string, hooks: readonly RedirectHook[]): Call => ({
  verb: 'bpf/attach',
  params: { workload, load: { ref: 'load' }, programs: [...hooks] },
});

const adopt = (workload: string, map: MapRef | number, port: number): Call => ({
  verb: 'listeners/adopt',
  params: { workload, map, port, slots: { first: 0, count: LISTENER_SLOTS } },
});

function loadCall({ workload, object, maps, present }: LoadInput): Call {
  const reuse = RUNTIME_MAPS.flatMap((map) => {
    const id = present.get(map);
    return id === undefined ? [] : [{ map, id }];
  });
  const contents = maps.map(({ map, entries }) => ({ map, entries }));
  const { base64, sha256 } = object;
  return { verb: 'bpf/load', params: { workload, object: base64, sha256, maps: contents, reuse } };
}

/** The inbound port of the policy that the maps hold; null where they do not tell. */
export function inboundPortIn(maps: readonly MapContents[]): number | null {
  const value = maps.find(({ map }) => map === 'settings')?.entries[0]?.value;
  return value === undefined ? null : (readSettings(fromHex(value))?.inboundPort ?? null);
}

/** Takes in the sidecar's listeners that are there already. */
const adoptLoaded = ({ workload, maps }: LoadInput): Call[] => {
  const port = inboundPortIn(maps);
  return port === null ? [] : [adopt(workload, { ref: 'map', name: 'listeners' }, port)];
};

/** Loads and attaches the hooks: those that answer first, so that nothing is redirected before it can be answered for. */
function attachCalls(input: LoadInput, hooks: ReadonlySet<RedirectHook>): Call[] {
  const attach = (some: readonly RedirectHook[]): Call[] => {
    const own = some.filter((hook) => hooks.has(hook));
    return own.length === 0 ? [] : [attachCall(input.workload, own)];
  };
  return [loadCall(input), ...attach(ANSWERING_HOOKS), ...adoptLoaded(input), ...attach(REDIRECTING_HOOKS)];
}

/** Detaches what this plan adds for connections that are redirected; what answers for them goes later. */
const detachAdded = (workload: string, before: ReadonlySet<RedirectHook>): Call[] => {
  const added = REDIRECTING_HOOKS.filter((hook) => !before.has(hook));
  return added.length === 0 ? [] : [detachCall(workload, added)];
};

/**
 * Loads the programs and attaches them all: first those that answer, then the listeners that exist already, then those
 * that redirect. Links that are there are updated in place; the undo gives them programs again with what `before` says
 * that their maps held.
 */
export function attachAll(
  input: LoadInput,
  before: { hooks: ReadonlySet<RedirectHook>; maps: readonly MapContents[] },
): Step[] {
  const { workload } = input;
  const redirected = REDIRECTING_HOOKS.some((hook) => before.hooks.has(hook));
  const again =
    redirected && before.maps.length > 0 ? attachCalls({ ...input, maps: before.maps }, before.hooks) : [];
  const adoption = adoptLoaded(input).map((call) => ({
    title: 'Take in the sidecar’s listeners',
    call,
    undo: [],
  }));
  return [
    { title: 'Load the programs and fill their maps', call: loadCall(input), undo: [] },
    {
      title: 'Attach the hooks that answer for redirected connections',
      call: attachCall(workload, ANSWERING_HOOKS),
      undo: again,
    },
    ...adoption,
    {
      title: 'Attach the hooks that redirect',
      call: attachCall(workload, REDIRECTING_HOOKS),
      undo: detachAdded(workload, before.hooks),
    },
  ];
}

/**
 * Detaches the hooks that redirect. The undo attaches them again, with what their maps hold now (`input.maps`); the
 * connections there are stay known, by the maps of the hooks that answer.
 */
export function detachRedirecting(input: LoadInput, attached: ReadonlySet<RedirectHook>): Step[] {
  const hooks = REDIRECTING_HOOKS.filter((hook) => attached.has(hook));
  if (hooks.length === 0) return [];
  return [
    {
      title: 'Detach the hooks that redirect',
      call: detachCall(input.workload, hooks),
      undo: input.maps.length === 0 ? [] : attachCalls(input, attached),
    },
  ];
}

/** Detaches hooks that answered for older connections. */
export function releaseHooks(
  workload: string,
  hooks: readonly RedirectHook[],
): { title: string; call: Call }[] {
  return hooks.length === 0
    ? []
    : [
        {
          title: 'Detach the hooks that answered for older connections',
          call: detachCall(workload, hooks),
        },
      ];
}

/**
 * Changes what the maps of a running workload hold, map by map. Where the inbound port is another, the listeners of the
 * new one are in `listeners` (a map's id) before the settings name it: `sk_lookup` takes only those of the port that the
 * settings name. Those that began to listen between the two are taken in after.
 */
export function updateMaps(
  workload: string,
  present: readonly PolicyMapState[],
  wanted: readonly MapContents[],
  listeners: number,
): Step[] {
  const changes = mapUpdates(present, wanted);
  const port = inboundPortIn(wanted);
  if (port === null || inboundPortIn(present) === port) return changes;
  const takeIn = (title: string): Step => ({ title, call: adopt(workload, listeners, port), undo: [] });
  return [
    takeIn(`Take in the sidecar’s listeners of port ${port}`),
    ...changes,
    takeIn('Take in those that came meanwhile'),
  ];
}

function mapUpdates(present: readonly PolicyMapState[], wanted: readonly MapContents[]): Step[] {
  return POLICY_MAPS.flatMap((name): Step[] => {
    const from = present.find(({ map }) => map === name);
    const to = wanted.find(({ map }) => map === name);
    if (!from || !to) return [];
    const forth = mapChanges(from.entries, to.entries);
    const back = mapChanges(to.entries, from.entries);
    if (forth.set.length + forth.delete.length === 0) return [];
    return [
      {
        title: `Change the map ${name}`,
        call: { verb: 'maps/update', params: { map: from.id, ...forth } },
        undo: [{ verb: 'maps/update', params: { map: from.id, ...back } }],
      },
    ];
  });
}
