import type { Rule, Ruleset } from './ruleset';

/** One difference between two rulesets. `index` counts from 0 within the chain of the ruleset that holds the rule. */
export interface RulesetChange {
  kind: 'added' | 'removed' | 'moved';
  table: string;
  chain: string;
  /** Null: the chain itself. */
  spec: string | null;
  index: number;
}

interface Keyed {
  table: string;
  chain: string;
  rules: Rule[];
}

function chainsOf(ruleset: Ruleset): Map<string, Keyed> {
  const chains = new Map<string, Keyed>();
  for (const table of ruleset.tables) {
    for (const { name, rules } of table.chains.values()) {
      chains.set(`${table.name} ${name}`, { table: table.name, chain: name, rules });
    }
  }
  return chains;
}

/** Where each spec stands that is left over once every occurrence in `others` took one away. */
function leftOver(rules: readonly Rule[], others: readonly Rule[], offset: number): [string, number][] {
  const taken = new Map<string, number>();
  for (const { spec } of others) taken.set(spec, (taken.get(spec) ?? 0) + 1);
  return rules.flatMap(({ spec }, index): [string, number][] => {
    const count = taken.get(spec) ?? 0;
    if (count === 0) return [[spec, index + offset]];
    taken.set(spec, count - 1);
    return [];
  });
}

/** The rules of two versions of one chain, apart from what both begin and end with. Linear in their number. */
function diffRules(
  before: readonly Rule[],
  after: readonly Rule[],
): Pick<RulesetChange, 'kind' | 'spec' | 'index'>[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start]?.spec === after[start]?.spec) start++;
  let end = 0;
  const shorter = Math.min(before.length, after.length) - start;
  while (end < shorter && before.at(-1 - end)?.spec === after.at(-1 - end)?.spec) end++;
  const [a, b] = [before, after].map((rules) => rules.slice(start, rules.length - end)) as [Rule[], Rule[]];
  const removed = leftOver(a, b, start);
  const added = leftOver(b, a, start);
  const kept = (rules: Rule[], gone: [string, number][]): [Rule, number][] => {
    const indexes = new Set(gone.map(([, index]) => index));
    return rules
      .map((rule, index): [Rule, number] => [rule, index + start])
      .filter(([, index]) => !indexes.has(index));
  };
  const keptBefore = kept(a, removed);
  return [
    ...removed.map(([spec, index]) => ({ kind: 'removed' as const, spec, index })),
    ...added.map(([spec, index]) => ({ kind: 'added' as const, spec, index })),
    ...kept(b, added)
      .filter(([{ spec }], position) => keptBefore[position]?.[0].spec !== spec)
      .map(([{ spec }, index]) => ({ kind: 'moved' as const, spec, index })),
  ];
}

/** What leads from one ruleset to the other: chains and rules that came, went, or changed places. Counters do not count. */
export function diffRulesets(before: Ruleset, after: Ruleset): RulesetChange[] {
  const [old, now] = [chainsOf(before), chainsOf(after)];
  const changes: RulesetChange[] = [];
  for (const [key, { table, chain, rules }] of old) {
    const found = now.get(key);
    if (!found) changes.push({ kind: 'removed', table, chain, spec: null, index: 0 });
    changes.push(...diffRules(rules, found?.rules ?? []).map((change) => ({ ...change, table, chain })));
  }
  for (const [key, { table, chain, rules }] of now) {
    if (old.has(key)) continue;
    changes.push({ kind: 'added', table, chain, spec: null, index: 0 });
    changes.push(...diffRules([], rules).map((change) => ({ ...change, table, chain })));
  }
  return changes;
}
