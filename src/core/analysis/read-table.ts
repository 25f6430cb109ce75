import { optionsOf, type Chain, type Rule, type RuleOption, type Table } from '../iptables';
import { asksNothing, ConditionReader, type Conditions } from './conditions';
import type { FindingPlace } from './finding';
import { changedBy } from './matches';
import { BUILTIN_CHAINS } from './targets';

/** A rule, and where it leads. */
export interface ReadRule {
  rule: Rule;
  table: string;
  /** From 1, in its chain. */
  number: number;
  /** Null for a rule that only counts. */
  target: string | null;
  goto: boolean;
  /** It asks nothing of a packet. */
  unconditional: boolean;
}

export interface ReadChain {
  name: string;
  /** The kernel sends packets here by itself. */
  builtin: boolean;
  place: FindingPlace;
  rules: ReadRule[];
}

/** Of a rule: what it asks, and what its target is told (`--to-ports 15001`). */
export interface RuleParts {
  conditions: Conditions;
  targetOptions: RuleOption[];
}

const GENERAL = new Set(['-p', '-s', '-d', '-i', '-o', '-m', '-f']);

/** Parts the options of a rule into what it asks and what its target is told. */
function split(spec: string): {
  matches: RuleOption[];
  target: RuleOption | null;
  targetOptions: RuleOption[];
} {
  const matches: RuleOption[] = [];
  const targetOptions: RuleOption[] = [];
  let target: RuleOption | null = null;
  let ofTarget = false;
  for (const option of optionsOf(spec)) {
    if (option.name === '-j' || option.name === '-g') {
      target = option;
      ofTarget = true;
      continue;
    }
    if (GENERAL.has(option.name)) ofTarget = false;
    (ofTarget ? targetOptions : matches).push(option);
  }
  return { matches, target, targetOptions };
}

export const placeOf = ({ rule, table, number }: ReadRule): FindingPlace => ({
  table,
  chain: rule.chain,
  line: rule.line,
  rule: number,
});

/**
 * A table, read once for where its rules lead. What they ask is read anew for whoever wants to know: keeping it for
 * 50,000 rules would cost more than reading it twice.
 */
export class ReadTable {
  readonly name: string;
  readonly chains: ReadonlyMap<string, ReadChain>;
  /** The text holds only a part of the table, as texts for `iptables-restore --noflush` do. */
  readonly partial: boolean;
  readonly #reader: ConditionReader;

  constructor(table: Table) {
    this.name = table.name;
    this.chains = new Map([...table.chains].map(([name, chain]) => [name, readChain(table.name, chain)]));
    this.partial = ![...table.chains.values()].some(({ policy }) => policy !== null);
    const targets = new Set(this.rules().map(({ target }) => target ?? 'ACCEPT'));
    this.#reader = new ConditionReader(changedBy([...targets].filter((target) => !table.chains.has(target))));
  }

  rules(): ReadRule[] {
    return [...this.chains.values()].flatMap((chain) => chain.rules);
  }

  parts({ rule }: ReadRule): RuleParts {
    const { matches, targetOptions } = split(rule.spec);
    return { conditions: this.#reader.read(matches), targetOptions };
  }
}

function readChain(table: string, chain: Chain): ReadChain {
  const rules = chain.rules.map((rule, index): ReadRule => {
    const { matches, target } = split(rule.spec);
    return {
      rule,
      table,
      number: index + 1,
      target: target?.values[0] ?? null,
      goto: target?.name === '-g',
      unconditional: asksNothing(matches),
    };
  });
  const line = chain.text === '' ? -1 : chain.line;
  return {
    name: chain.name,
    builtin: chain.policy !== null || BUILTIN_CHAINS.has(chain.name),
    place: { table, chain: chain.name, line, rule: null },
    rules,
  };
}
