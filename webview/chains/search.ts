import type { Chain, Rule, Ruleset, Table } from '../model/rulesets';
import type { Item, ShownItems } from './items';

/** So many lines are looked through at a time, without a chance to interrupt. */
const BLOCK = 1000;

/**
 * Finds rules by their text and chains by their names, whatever the case. The text to look through is made once, block by
 * block when it is first needed: to look through 50,000 rules then takes some milliseconds.
 */
export class RuleSearch {
  readonly #blocks: readonly Block[];
  readonly #total: number;

  constructor(rulesets: readonly Ruleset[]) {
    const chains = rulesets.flatMap(({ tables }) => tables.flatMap((table) => table.chains));
    this.#blocks = blocksOf(chains);
    this.#total = chains.reduce((sum, { rules }) => sum + rules.length, 0);
  }

  /**
   * The lines to show with a filter: only what matches, unfolded. A chain whose name matches has all its rules. Yields
   * wherever it can be interrupted.
   */
  *find(filter: string): Generator<void, ShownItems> {
    const needle = filter.trim().toLowerCase();
    const found = new Found();
    for (const block of this.#blocks) {
      block.find(needle, found);
      yield;
    }
    return found.shown(this.#total);
  }
}

function blocksOf(chains: readonly Chain[]): Block[] {
  const blocks: Block[] = [];
  let block: Chain[] = [];
  let lines = 0;
  for (const chain of chains) {
    block.push(chain);
    lines += 1 + chain.rules.length;
    if (lines < BLOCK) continue;
    blocks.push(new Block(block));
    block = [];
    lines = 0;
  }
  return [...blocks, new Block(block)];
}

/** Some chains after each other. */
class Block {
  readonly #chains: readonly Chain[];
  #text: { lower: string; ends: number[] } | null = null;

  constructor(chains: readonly Chain[]) {
    this.#chains = chains;
  }

  find(needle: string, found: Found): void {
    const { lower, ends } = (this.#text ??= textOf(this.#chains));
    let hit = lower.indexOf(needle);
    let line = 0;
    for (const chain of this.#chains) {
      if (hit < 0) return;
      const first = line + 1;
      const end = first + chain.rules.length;
      const named = hit < (ends[line] ?? 0);
      const rules: Rule[] = [];
      while (!named && hit >= 0 && hit < (ends[end - 1] ?? 0)) {
        while (hit >= (ends[line] ?? Infinity)) line++;
        const rule = chain.rules[line - first];
        if (rule) rules.push(rule);
        hit = lower.indexOf(needle, ends[line]);
      }
      if (named) found.add(chain, chain.rules);
      else if (rules.length > 0) found.add(chain, rules);
      if (named) hit = lower.indexOf(needle, ends[end - 1]);
      line = end;
    }
  }
}

/** The chains' names and their rules, a line each, and where each line ends. */
function textOf(chains: readonly Chain[]): { lower: string; ends: number[] } {
  const lines = chains.flatMap(linesOf).map((line) => `${line.toLowerCase()}\n`);
  let end = 0;
  const ends = lines.map((line) => (end += line.length));
  return { lower: lines.join(''), ends };
}

const linesOf = ({ view }: Chain): string[] => [view.name, ...view.rules.map(({ text }) => text)];

/** What was found so far, below the heads of its tables. */
class Found {
  readonly #items: Item[] = [];
  readonly #matching = new Map<Chain, number>();
  #sum = 0;
  #table: Table | null = null;

  add(chain: Chain, rules: readonly Rule[]): void {
    const { table } = chain;
    if (this.#table?.ruleset !== table.ruleset) this.#items.push(table.ruleset);
    if (this.#table !== table) this.#items.push(table);
    this.#table = table;
    this.#items.push(chain);
    for (const rule of rules) this.#items.push(rule);
    this.#matching.set(chain, rules.length);
    this.#sum += rules.length;
  }

  /** `total`: how many rules were looked through. */
  shown(total: number): ShownItems {
    const matchingIn = (chain: Chain): number => this.#matching.get(chain) ?? 0;
    return {
      ...{ items: this.#items, matching: this.#sum, total },
      matchingIn,
      isOpen: (chain) => matchingIn(chain) > 0,
    };
  }
}
