import { accelerationLines } from '../acceleration/words';
import type { IptablesTool, Snapshot } from '../model';
import type { MapContents } from '../ebpf';
import type { Policy } from '../policy';
import { policyIn } from './families';
import { foreignSigns, foreignText, type ForeignSign } from './foreign';
import { ANSWERING_HOOKS, REDIRECTING_HOOKS, ownHooks, type OwnHooks } from './hooks';
import { ruleStates, type RuleState } from './rule-state';
import { differencesFrom } from './differences';
import { unorderedRules } from './unordered';

/** What we declare a workload's redirection to be. */
export type Mode = 'none' | 'iptables' | 'ebpf';

/** What we observe. See docs/architecture.md, "Words". */
export type VerdictKind = 'none' | 'iptables' | 'ebpf' | 'both' | 'partial' | 'foreign';

/** What redirects a workload's traffic, and how we know. */
export interface Verdict {
  kind: VerdictKind;
  /** What was seen, a line each. */
  evidence: string[];
  /** What a mode that is there in part lacks, and what else was done to it by hand, a line each. */
  missing: string[];
  /** What is there and works, but is not what the policy says, a line each. */
  differences: string[];
  /** What cannot be known, and on which it turns where connections go, a line each. */
  uncertain: string[];
  /** The other mesh or program that redirects, if there is one: `Istio (chain ISTIO_INBOUND)`. */
  foreign: string | null;
  /** True while something stays only for connections that are older than the last switch. */
  draining: boolean;
  /** True while messages of its connections may skip TCP. */
  accelerated: boolean;
  /** Rules of this mode, by family and back-end; only where there are any. */
  rules: RuleState[];
  hooks: OwnHooks;
}

function missingOf(rules: RuleState[], hooks: OwnHooks): string[] {
  const attached = REDIRECTING_HOOKS.some((hook) => hooks.has(hook));
  const lacking = [...REDIRECTING_HOOKS, ...ANSWERING_HOOKS].filter((hook) => attached && !hooks.has(hook));
  const ipv6Only =
    rules.some(({ whole }) => whole) && !rules.some(({ family, holding }) => family === 'ipv4' && !holding);
  return [
    ...rules.flatMap(({ missing }) => missing),
    ...(ipv6Only ? ['The IPv4 rules are missing.'] : []),
    ...lacking.map((hook) => `${hook} is not attached.`),
  ];
}

function kindOf(missing: string[], rules: RuleState[], hooks: OwnHooks, foreign: string | null): VerdictKind {
  if (missing.length > 0) return 'partial';
  const byRules = rules.some(({ whole }) => whole);
  const byHooks = REDIRECTING_HOOKS.some((hook) => hooks.has(hook));
  if (byRules && byHooks) return 'both';
  if (byRules) return 'iptables';
  if (byHooks) return 'ebpf';
  return foreign === null ? 'none' : 'foreign';
}

const foreignEvidence = (signs: readonly ForeignSign[], foreign: string | null): string[] => [
  ...(foreign === null ? [] : [`Someone else redirects: ${foreign}.`]),
  ...signs.flatMap(({ who, what, where }) => (where === null ? [] : [`${where}: ${who}, ${what}.`])),
];

/**
 * The verdict on one snapshot. Hooks are ours by their pin (`.../mesh-redirect/<workload>/<hook>`), rules by their chains.
 * `policyMaps` are what the maps of eBPF mode hold, where they were read; without them their differences stay unseen.
 * `tools` are the node's, for the evidence to say which back-end is its default.
 */
export function verdictOf(
  snapshot: Snapshot,
  declared: Policy,
  policyMaps: readonly MapContents[] = [],
  tools: readonly IptablesTool[] = [],
): Verdict {
  const policy = policyIn(snapshot, declared);
  const rules = ruleStates(snapshot, policy, tools);
  const hooks = ownHooks(snapshot);
  const signs = foreignSigns(snapshot, tools);
  const foreign = foreignText(signs);
  const missing = missingOf(rules, hooks);
  const held = rules.some(({ holding }) => holding);
  const answering = ANSWERING_HOOKS.some((hook) => hooks.has(hook));
  const redirecting = REDIRECTING_HOOKS.some((hook) => hooks.has(hook));
  return {
    kind: kindOf(missing, rules, hooks, foreign),
    evidence: [
      ...rules.map(({ evidence }) => evidence),
      ...[...hooks.values()].map(
        ({ hook, program }) => `${hook}: program ${program}, attached by Mesh Redirect.`,
      ),
      ...(answering && !redirecting
        ? ['Hooks still answer for connections that eBPF mode redirected before.']
        : []),
      ...(snapshot.acceleration ? accelerationLines(snapshot.acceleration) : []),
      ...foreignEvidence(signs, foreign),
    ],
    missing,
    differences: differencesFrom(snapshot, policy, rules, policyMaps),
    uncertain: unorderedRules(snapshot),
    foreign,
    draining: held || (answering && !redirecting),
    accelerated: snapshot.acceleration !== null,
    rules,
    hooks,
  };
}
