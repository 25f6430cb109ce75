import * as z from 'zod';
import type { MapContents } from '../ebpf';
import { mapsFromPolicy, POLICY_MAPS } from '../ebpf';
import {
  HOLD_CHAIN,
  guardOlder,
  parseRuleset,
  redirectionIn,
  renderPolicy,
  type Jump,
  type Redirection,
  type Ruleset,
} from '../iptables';
import { Backend, Family, type NodeInfo, type Snapshot } from '../model';
import type { Policy } from '../policy';
import { policyForMaps, ruleFacts, takesIpv6, workloadFacts } from './families';
import { REDIRECTING_HOOKS } from './hooks';
import type { Mode, Verdict } from './verdict';

/** Rules of one family in one back-end. */
export interface RuleTarget {
  family: Family;
  backend: Backend;
  redirection: Redirection;
}

/** What is to redirect a workload: any rules, and the hooks with what their maps hold, or none. */
export interface Target {
  rules: readonly RuleTarget[];
  hooks: readonly MapContents[] | null;
}

const Entry = z.object({ key: z.string(), value: z.string() });

/** What redirected a workload at one moment: plain data, to be kept and come back to. */
export const SavedState = z.object({
  mode: z.enum(['none', 'iptables', 'ebpf']),
  verdict: z.enum(['none', 'iptables', 'ebpf', 'both', 'partial', 'foreign']),
  /** Milliseconds since the epoch, by the node's clock. */
  taken: z.number(),
  rules: z.array(
    z.object({
      family: Family,
      backend: Backend,
      redirection: z.object({
        chains: z.array(z.object({ name: z.string(), rules: z.array(z.string()) })),
        jumps: z.array(z.object({ chain: z.string(), position: z.number().nullable(), spec: z.string() })),
      }),
    }),
  ),
  hooks: z.array(z.object({ map: z.enum(POLICY_MAPS), entries: z.array(Entry) })).nullable(),
});
export type SavedState = z.infer<typeof SavedState>;

/** What the maps are to hold in this workload. Throws as `mapsFromPolicy` does. */
export function wantedMaps(snapshot: Snapshot, policy: Policy): MapContents[] {
  return mapsFromPolicy(policyForMaps(snapshot, policy), workloadFacts(snapshot, policy));
}

/** What a mode means for a workload under its policy. Throws RangeError where it cannot be said there. */
export function targetOf(snapshot: Snapshot, node: NodeInfo, policy: Policy, mode: Mode): Target {
  switch (mode) {
    case 'none':
      return { rules: [], hooks: null };
    case 'ebpf':
      return { rules: [], hooks: wantedMaps(snapshot, policy) };
    case 'iptables': {
      const tools = node.iptables.filter(
        ({ isDefault, family }) => isDefault && (family === 'ipv4' || takesIpv6(snapshot, policy)),
      );
      const rules = tools.map(({ family, backend }) => ({
        family,
        backend,
        redirection: renderPolicy(policy, family, ruleFacts(snapshot)),
      }));
      return { rules, hooks: null };
    }
  }
}

/** A redirection without what keeps older connections translated. */
const withoutHold = ({ chains, jumps }: Redirection): Redirection => ({
  chains: chains.filter(({ name }) => name !== HOLD_CHAIN),
  jumps,
});

/** What redirects now. What only stays for older connections is no part of it. */
export function savedState(
  snapshot: Snapshot,
  { kind, rules, hooks }: Verdict,
  policyMaps: readonly MapContents[],
): SavedState {
  const redirecting = REDIRECTING_HOOKS.some((hook) => hooks.has(hook));
  const written = rules.filter(({ holding }) => !holding);
  return {
    mode: redirecting ? 'ebpf' : written.length > 0 ? 'iptables' : 'none',
    verdict: kind,
    taken: snapshot.taken,
    rules: written.map(({ family, backend, redirection }) => ({
      family,
      backend,
      redirection: withoutHold(redirection),
    })),
    hooks:
      redirecting && policyMaps.length > 0
        ? policyMaps.map(({ map, entries }) => ({
            map,
            entries: entries.map(({ key, value }) => ({ key, value })),
          }))
        : null,
  };
}

/** Where a jump stood; at the end, where the chain has become too short for that. */
function placed(jump: Jump, others: number): Jump {
  return jump.position !== null && jump.position > others + 1 ? { ...jump, position: null } : jump;
}

/** Jumps back in their places, in a chain that others may have changed meanwhile. */
function inPlace(redirection: Redirection, present: Ruleset): Redirection {
  const now = redirectionIn(present);
  const nat = present.tables.find(({ name }) => name === 'nat');
  const count = new Map(
    [...(nat?.chains.values() ?? [])].map(({ name, rules }) => [
      name,
      rules.length - now.jumps.filter(({ chain }) => chain === name).length,
    ]),
  );
  const jumps = redirection.jumps.map((jump) => {
    const others = count.get(jump.chain) ?? 0;
    count.set(jump.chain, others + 1);
    return placed(jump, others);
  });
  return { ...redirection, jumps };
}

/**
 * A saved state as what is to be: its very rules, but with the rule that lets older connections be in front, where its
 * writer had none (FSM has not). Connection tracking may meet those connections in their middle now.
 */
export function targetFrom({ rules, hooks }: SavedState, { rulesets }: Snapshot): Target {
  return {
    rules: rules.map(({ family, backend, redirection }) => {
      const text = rulesets.find((one) => one.family === family && one.backend === backend)?.text ?? '';
      const guarded = guardOlder(redirection);
      return { family, backend, redirection: inPlace(guarded, parseRuleset(text)) };
    }),
    hooks,
  };
}
