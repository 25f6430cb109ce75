import type { Family } from '../model';
import type { Policy } from '../policy';
import { redirectionIn } from './present';
import { NOTHING, renderPolicy, type Redirection, type RuleFacts } from './rules';
import type { Ruleset } from './ruleset';

/**
 * The text for one `iptables-restore --noflush` that leads from one state of this mode's part of `nat` to another, and
 * touches nothing else. The kernel does it in one step. Rules go by their spec, not by their number: if someone else
 * changed the table meanwhile, the restore fails and nothing is changed. Swapped, it is the undo. Declaring a chain
 * that exists empties it (iptables 1.8.9, both back-ends). Gives null where there is nothing to do.
 */
export function transitionText(from: Redirection, to: Redirection): string | null {
  return sameRedirection(from, to) ? null : textOf('nat', from, to);
}

/**
 * The same text for taking a part of any table away: what leads to it by its spec, each as often as it is there, then its
 * chains.
 */
export const removalText = (table: string, part: Redirection): string => textOf(table, part, NOTHING);

function textOf(table: string, from: Redirection, to: Redirection): string {
  const kept = new Set(to.chains.map(({ name }) => name));
  const stale = from.chains.map(({ name }) => name).filter((name) => !kept.has(name));
  const lines = [
    `*${table}`,
    ...from.jumps.map(({ chain, spec }) => `-D ${chain} ${spec}`),
    ...[...stale, ...kept].map((name) => `:${name} - [0:0]`),
    ...to.chains.flatMap(({ name, rules }) => rules.map((spec) => `-A ${name} ${spec}`.trimEnd())),
    ...to.jumps.map(({ chain, position, spec }) =>
      position === null ? `-A ${chain} ${spec}` : `-I ${chain} ${position} ${spec}`,
    ),
    ...stale.map((name) => `-X ${name}`),
    'COMMIT',
  ];
  return `${lines.join('\n')}\n`;
}

/** True if both hold the same chains, rules and jumps in the same order. Where in a chain a jump stands does not count. */
export function sameRedirection(a: Redirection, b: Redirection): boolean {
  return describe(a) === describe(b);
}

function describe({ chains, jumps }: Redirection): string {
  const byName = [...chains].sort((a, b) => (a.name < b.name ? -1 : 1));
  const byChain = [...jumps].sort((a, b) => (a.chain < b.chain ? -1 : a.chain > b.chain ? 1 : 0));
  return JSON.stringify([
    byName.map(({ name, rules }) => [name, rules]),
    byChain.map(({ chain, spec }) => [chain, spec]),
  ]);
}

/** From whatever the ruleset holds (nothing, FSM's rules, ours, doubled jumps) to exactly the policy's rules. */
export function restoreText(
  ruleset: Ruleset | null,
  policy: Policy,
  family: Family,
  facts: RuleFacts,
): string | null {
  return transitionText(redirectionIn(ruleset), renderPolicy(policy, family, facts));
}

/** From whatever the ruleset holds to none of it. */
export function removeText(ruleset: Ruleset | null): string | null {
  return transitionText(redirectionIn(ruleset), NOTHING);
}
