import type { Chain, Rule, Ruleset, Table } from '../model/rulesets';

/** One line of the chains view. The list is flat, so that a virtual list can show a part of it. */
export type Item =
  | { kind: 'ruleset'; key: string; ruleset: Ruleset }
  | { kind: 'table'; key: string; table: Table }
  | { kind: 'chain'; key: string; table: Table; chain: Chain; open: boolean; matching: number }
  | { kind: 'rule'; key: string; table: Table; chain: Chain; rule: Rule };

export interface ShownItems {
  items: Item[];
  /** How many rules match the filter, of how many. */
  matching: number;
  total: number;
}

/**
 * The lines to show: of every table the chains, and the rules of those that are open. Without a choice by hand, the
 * chains that take part in redirection are open. With a filter, only what matches is there, unfolded: a rule by its
 * text, a chain by its name (then with all its rules), whatever the case.
 */
export function itemsOf(rulesets: Ruleset[], filter: string, folded: Record<string, boolean>): ShownItems {
  const needle = filter.trim().toLowerCase();
  const shown: ShownItems = { items: [], matching: 0, total: 0 };
  for (const ruleset of rulesets) {
    const tables = ruleset.tables.flatMap((table) => tableItems(table, needle, folded, shown));
    if (tables.length > 0 || needle === '') {
      shown.items.push({ kind: 'ruleset', key: ruleset.key, ruleset }, ...tables);
    }
  }
  return shown;
}

function tableItems(
  table: Table,
  needle: string,
  folded: Record<string, boolean>,
  shown: ShownItems,
): Item[] {
  const chains = table.chains.flatMap((chain) => chainItems(table, chain, needle, folded, shown));
  return chains.length > 0 || needle === '' ? [{ kind: 'table', key: table.key, table }, ...chains] : [];
}

function chainItems(
  table: Table,
  chain: Chain,
  needle: string,
  folded: Record<string, boolean>,
  shown: ShownItems,
): Item[] {
  const named = chain.view.name.toLowerCase().includes(needle);
  const rules = named
    ? chain.rules
    : chain.rules.filter((rule) => rule.view.text.toLowerCase().includes(needle));
  shown.total += chain.rules.length;
  shown.matching += rules.length;
  if (rules.length === 0 && !named) return [];
  const open = rules.length > 0 && (needle !== '' || !(folded[chain.key] ?? !chain.view.redirects));
  const head: Item = { kind: 'chain', key: chain.key, table, chain, open, matching: rules.length };
  return open
    ? [head, ...rules.map((rule): Item => ({ kind: 'rule', key: rule.key, table, chain, rule }))]
    : [head];
}
