import type { UiState } from '../model/ui-state';
import type { Chain, Rule, Ruleset, Table } from '../model/rulesets';

/**
 * One line of the chains view: what the rules are made of themselves, for there may be tens of thousands. The list of them
 * is flat, so that a virtual list can show a part of it.
 */
export type Item = Ruleset | Table | Chain | Rule;

export interface ShownItems {
  items: readonly Item[];
  /** How many rules match the filter, of how many. */
  matching: number;
  total: number;
  /** How many rules of a chain match it. */
  matchingIn: (chain: Chain) => number;
  /** True if they follow it. */
  isOpen: (chain: Chain) => boolean;
}

/**
 * The lines to show without a filter: of every table the chains, and the rules of those that are open. Without a choice by
 * hand, the chains that take part in redirection are open.
 */
export function itemsOf(
  rulesets: readonly Ruleset[],
  folding: UiState['folding'],
  folded: UiState['folded'],
): ShownItems {
  const isFolded = ({ key, view }: Chain): boolean =>
    folded[key] ?? (folding === 'others' ? !view.redirects : folding === 'all');
  const isOpen = (chain: Chain): boolean => chain.rules.length > 0 && !isFolded(chain);
  const items: Item[] = [];
  let total = 0;
  for (const ruleset of rulesets) {
    items.push(ruleset);
    for (const table of ruleset.tables) {
      items.push(table);
      for (const chain of table.chains) {
        items.push(chain);
        if (isOpen(chain)) for (const rule of chain.rules) items.push(rule);
        total += chain.rules.length;
      }
    }
  }
  return { items, matching: total, total, matchingIn: ({ rules }) => rules.length, isOpen };
}

/** The ruleset that a line is of. */
export function rulesetOf(item: Item): Ruleset {
  switch (item.kind) {
    case 'ruleset':
      return item;
    case 'table':
      return item.ruleset;
    case 'chain':
      return item.table.ruleset;
    case 'rule':
      return item.chain.table.ruleset;
  }
}
