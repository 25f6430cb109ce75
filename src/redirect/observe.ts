import { POLICY_MAPS } from '../core/ebpf';
import type { IptablesTool, MapEntry, MapPage, Snapshot } from '../core/model';
import type { Policy } from '../core/policy';
import { ownHooks, ownMaps, verdictOf, type PolicyMapState, type Verdict } from '../core/redirect';
import type { Agent } from '../nodes/agent/agent';

/** Entries a page of `maps/dump`. */
const PAGE = 4096;

/**
 * One look at a workload: one round trip. `tools` are the node's, for the verdict to say which back-end is its default.
 * Rejects with AgentError or NodeError.
 */
export async function observe(
  agent: Agent,
  workload: string,
  policy: Policy,
  tools: readonly IptablesTool[] = [],
): Promise<{ snapshot: Snapshot; verdict: Verdict }> {
  const snapshot = await agent.request('snapshot', { workload });
  return { snapshot, verdict: verdictOf(snapshot, policy, [], tools) };
}

/** The entries of a map from `cursor` on; from the first where that is null. */
async function entriesFrom(agent: Agent, map: number, cursor: string | null): Promise<MapEntry[]> {
  const { entries, next } = await agent.request('maps/dump', { map, cursor, limit: PAGE });
  return next === null ? entries : [...entries, ...(await entriesFrom(agent, map, next))];
}

/** Every entry of a map. */
export const dumpMap = (agent: Agent, map: number): Promise<MapEntry[]> => entriesFrom(agent, map, null);

/** The beginnings of all maps that are called as those of the policy, whosever they are. */
const policyPages = async (agent: Agent, workload: string): Promise<MapPage[]> =>
  (await agent.request('maps/named', { workload, names: [...POLICY_MAPS], limit: PAGE })).pages;

/** What the maps of the snapshot's own hooks hold, whose beginnings are among these pages. */
async function ownPolicyMaps(agent: Agent, snapshot: Snapshot, pages: MapPage[]): Promise<PolicyMapState[]> {
  const ids = ownMaps(snapshot, ownHooks(snapshot));
  const states = await Promise.all(
    POLICY_MAPS.map(async (map) => {
      const id = ids.get(map);
      if (id === undefined) return [];
      const page = pages.find((one) => one.map.id === id);
      // Programs that were exchanged between the two looks have others: that one is gone, says who is asked for it.
      if (!page) return [{ map, id, entries: await dumpMap(agent, id) }];
      const rest = page.next === null ? [] : await entriesFrom(agent, id, page.next);
      return [{ map, id, entries: [...page.entries, ...rest] }];
    }),
  );
  return states.flat();
}

/** What the maps hold that eBPF mode has its policy in; empty where it does not run. */
export async function readPolicyMaps(agent: Agent, snapshot: Snapshot): Promise<PolicyMapState[]> {
  return ownPolicyMaps(agent, snapshot, await policyPages(agent, snapshot.workload.id));
}

/** Both at once: one round trip. */
export async function observeWithMaps(
  ...[agent, workload, policy, tools]: Parameters<typeof observe>
): Promise<Awaited<ReturnType<typeof observe>> & { policyMaps: PolicyMapState[] }> {
  const [observed, pages] = await Promise.all([
    observe(agent, workload, policy, tools),
    policyPages(agent, workload),
  ]);
  return { ...observed, policyMaps: await ownPolicyMaps(agent, observed.snapshot, pages) };
}
