import type { UiState } from '../model/ui-state';
import type { Chain, Rule, Ruleset, Table } from '../model/rulesets';

/** One line of the chains view. The list is flat, so that a virtual list can show a part of it. */
export type Item =
  | { kind: 'ruleset'; key: string; ruleset: Ruleset }
  | { kind: 'table'; key: string; ruleset: Ruleset; table: Table }
  | {
      kind: 'chain';
      key: string;
      ruleset: Ruleset;
      table: Table;
      chain: Chain;
      open: boolean;
      matching: number;
    }
  | { kind: 'rule'; key: string; ruleset: Ruleset; table: Table; chain: Chain; rule: Rule };

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
 * The lines to show: of every table the chains, and the rules of those that are open. Without a choice by hand, the
 * chains that take part in redirection are open. With a filter, only what matches is there, unfolded: a rule by its
 * text, a chain by its name (then with all its rules), whatever the case.
 */
export function itemsOf(rulesets: Ruleset[], filter: string, folds: Folds): ShownItems {
  const needle = filter.trim().toLowerCase();
  const shown: ShownItems = { items: [], matching: 0, total: 0 };
  for (const ruleset of rulesets) {
    const before = shown.items.length;
    shown.items.push({ kind: 'ruleset', key: ruleset.key, ruleset });
    for (const table of ruleset.tables) addTable(shown, ruleset, table, needle, folds);
    if (needle !== '' && shown.items.length === before + 1) shown.items.pop();
  }
  return shown;
}

function addTable(shown: ShownItems, ruleset: Ruleset, table: Table, needle: string, folds: Folds): void {
  const before = shown.items.length;
  shown.items.push({ kind: 'table', key: table.key, ruleset, table });
  for (const chain of table.chains) addChain(shown, { ruleset, table, chain }, needle, folds);
  if (needle !== '' && shown.items.length === before + 1) shown.items.pop();
}

function addChain(
  shown: ShownItems,
  at: { ruleset: Ruleset; table: Table; chain: Chain },
  needle: string,
  folds: Folds,
): void {
  const { chain } = at;
  const named = needle === '' || chain.view.name.toLowerCase().includes(needle);
  const rules = named ? chain.rules : chain.rules.filter(({ words }) => words.includes(needle));
  shown.total += chain.rules.length;
  shown.matching += rules.length;
  if (rules.length === 0 && !named) return;
  const open = rules.length > 0 && (needle !== '' || !isFolded(chain, folds));
  shown.items.push({ kind: 'chain', key: chain.key, ...at, open, matching: rules.length });
  if (open) for (const rule of rules) shown.items.push({ kind: 'rule', key: rule.key, ...at, rule });
}
