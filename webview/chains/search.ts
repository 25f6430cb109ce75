import type { Chain, Ruleset } from '../model/rulesets';
import { ruleItems, type Item, type Place, type ShownItems } from './items';

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
    const places = rulesets.flatMap((ruleset) =>
      ruleset.tables.flatMap((table) => table.chains.map((chain): Place => ({ ruleset, table, chain }))),
    );
    this.#blocks = blocksOf(places);
    this.#total = places.reduce((sum, { chain }) => sum + chain.rules.length, 0);
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
    return { items: found.items, matching: found.matching, total: this.#total };
  }
}

function blocksOf(places: readonly Place[]): Block[] {
  const blocks: Block[] = [];
  let block: Place[] = [];
  let lines = 0;
  for (const place of places) {
    block.push(place);
    lines += 1 + place.chain.rules.length;
    if (lines < BLOCK) continue;
    blocks.push(new Block(block));
    block = [];
    lines = 0;
  }
  return [...blocks, new Block(block)];
}

/** Some chains after each other. */
class Block {
  readonly #places: readonly Place[];
  #text: { lower: string; ends: number[] } | null = null;

  constructor(places: readonly Place[]) {
    this.#places = places;
  }

  find(needle: string, found: Found): void {
    const { lower, ends } = (this.#text ??= textOf(this.#places));
    let hit = lower.indexOf(needle);
    let line = 0;
    for (const place of this.#places) {
      if (hit < 0) return;
      const end = line + 1 + place.chain.rules.length;
      const named = hit < (ends[line] ?? 0);
      const rules: number[] = [];
      while (!named && hit >= 0 && hit < (ends[end - 1] ?? 0)) {
        while (hit >= (ends[line] ?? Infinity)) line++;
        rules.push(line - (end - place.chain.rules.length));
        hit = lower.indexOf(needle, ends[line]);
      }
      if (named) found.add(place, ruleItems(place));
      else if (rules.length > 0) found.add(place, picked(ruleItems(place), rules));
      if (named) hit = lower.indexOf(needle, ends[end - 1]);
      line = end;
    }
  }
}

/** The chains' names and their rules, a line each, and where each line ends. */
function textOf(places: readonly Place[]): { lower: string; ends: number[] } {
  const lines = places.flatMap(({ chain }) => linesOf(chain)).map((line) => `${line.toLowerCase()}\n`);
  let end = 0;
  const ends = lines.map((line) => (end += line.length));
  return { lower: lines.join(''), ends };
}

const linesOf = ({ view }: Chain): string[] => [view.name, ...view.rules.map(({ text }) => text)];

type RuleItems = ReturnType<typeof ruleItems>;

const picked = (items: RuleItems, indexes: readonly number[]): RuleItems =>
  indexes.flatMap((index) => items[index] ?? []);

/** What was found so far, below the heads of its tables. */
class Found {
  readonly items: Item[] = [];
  matching = 0;
  #last: Place | null = null;

  add(place: Place, rules: RuleItems): void {
    const { ruleset, table, chain } = place;
    if (this.#last?.ruleset !== ruleset) this.items.push({ kind: 'ruleset', key: ruleset.key, ruleset });
    if (this.#last?.table !== table) this.items.push({ kind: 'table', key: table.key, ruleset, table });
    this.#last = place;
    const matching = rules.length;
    this.items.push({ kind: 'chain', key: chain.key, ...place, open: matching > 0, matching });
    for (const rule of rules) this.items.push(rule);
    this.matching += matching;
  }
}
