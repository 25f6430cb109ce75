import type { UiState } from '../model/ui-state';
import type { Chain, Rule, Ruleset, Table } from '../model/rulesets';

/** One line of the chains view. The list is flat, so that a virtual list can show a part of it. */
export type Item =
  | { kind: 'ruleset'; key: string; ruleset: Ruleset }
  | { kind: 'table'; key: string; ruleset: Ruleset; table: Table }
  | ChainItem
  | RuleItem;

interface ChainItem extends Place {
  kind: 'chain';
  key: string;
  open: boolean;
  matching: number;
}

interface RuleItem extends Place {
  kind: 'rule';
  key: string;
  rule: Rule;
}

/** Where a chain is. */
export interface Place {
  ruleset: Ruleset;
  table: Table;
  chain: Chain;
}

export interface ShownItems {
  items: Item[];
  /** How many rules match the filter, of how many. */
  matching: number;
  total: number;
}

type Folds = Pick<UiState, 'folding' | 'folded'>;

/** True if the chain's rules are hidden while there is no filter. */
export function isFolded(chain: Chain, { folding, folded }: Folds): boolean {
  return folded[chain.key] ?? (folding === 'others' ? !chain.view.redirects : folding === 'all');
}

/**
 * The lines to show without a filter: of every table the chains, and the rules of those that are open. Without a choice by
 * hand, the chains that take part in redirection are open.
 */
export function itemsOf(rulesets: readonly Ruleset[], folds: Folds): ShownItems {
  const items: Item[] = [];
  let total = 0;
  for (const ruleset of rulesets) {
    items.push({ kind: 'ruleset', key: ruleset.key, ruleset });
    for (const table of ruleset.tables) {
      items.push({ kind: 'table', key: table.key, ruleset, table });
      for (const chain of table.chains) {
        const matching = chain.rules.length;
        const open = matching > 0 && !isFolded(chain, folds);
        const place = { ruleset, table, chain };
        items.push({ kind: 'chain', key: chain.key, ...place, open, matching });
        if (open) for (const item of ruleItems(place)) items.push(item);
        total += matching;
      }
    }
  }
  return { items, matching: total, total };
}

/** The lines of each chain's rules: made once, however often they are shown. */
const RULE_ITEMS = new WeakMap<Chain, readonly RuleItem[]>();

/** The lines of a chain's rules. */
export function ruleItems({ ruleset, table, chain }: Place): readonly RuleItem[] {
  const known = RULE_ITEMS.get(chain);
  if (known) return known;
  const items = chain.rules.map((rule): RuleItem => ({
    ...{ kind: 'rule', key: rule.key, ruleset, table, chain, rule },
  }));
  RULE_ITEMS.set(chain, items);
  return items;
}
