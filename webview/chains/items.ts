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

function addChain(shown: ShownItems, at: Place, needle: string, folds: Folds): void {
  const { ruleset, table, chain } = at;
  const { words, items } = linesOf(at);
  const named = words.includes(needle);
  const matched = named ? items : items.filter(({ rule }) => rule.words.includes(needle));
  shown.total += items.length;
  shown.matching += matched.length;
  if (matched.length === 0 && !named) return;
  const open = matched.length > 0 && (needle !== '' || !isFolded(chain, folds));
  const matching = matched.length;
  shown.items.push({ kind: 'chain', key: chain.key, ruleset, table, chain, open, matching });
  if (open) for (const item of matched) shown.items.push(item);
}

interface Place {
  ruleset: Ruleset;
  table: Table;
  chain: Chain;
}

interface Lines {
  /** The chain's name in lower case, for the filter. */
  words: string;
  items: Extract<Item, { kind: 'rule' }>[];
}

/**
 * The lines of each chain. They are made once, and not again with each letter of a filter: of 50,000 rules that alone
 * would take longer than a frame.
 */
const LINES = new WeakMap<Chain, Lines>();

function linesOf({ ruleset, table, chain }: Place): Lines {
  const known = LINES.get(chain);
  if (known) return known;
  const lines: Lines = {
    words: chain.view.name.toLowerCase(),
    items: chain.rules.map((rule) => ({ kind: 'rule', key: rule.key, ruleset, table, chain, rule })),
  };
  LINES.set(chain, lines);
  return lines;
}
