import { POLICY_MAPS } from '../core/ebpf';
import type { IptablesTool, MapEntry, Snapshot } from '../core/model';
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

/** Every entry of a map. */
export async function dumpMap(agent: Agent, map: number): Promise<MapEntry[]> {
  const entries: MapEntry[] = [];
  let cursor: string | null = null;
  do {
    const page: { entries: MapEntry[]; next: string | null } = await agent.request('maps/dump', {
      map,
      cursor,
      limit: PAGE,
    });
    entries.push(...page.entries);
    cursor = page.next;
  } while (cursor !== null);
  return entries;
}

/** What the maps hold that eBPF mode has its policy in; empty where it does not run. */
export async function readPolicyMaps(agent: Agent, snapshot: Snapshot): Promise<PolicyMapState[]> {
  const ids = ownMaps(snapshot, ownHooks(snapshot));
  const states = await Promise.all(
    POLICY_MAPS.map(async (map) => {
      const id = ids.get(map);
      return id === undefined ? [] : [{ map, id, entries: await dumpMap(agent, id) }];
    }),
  );
  return states.flat();
}
