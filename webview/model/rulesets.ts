import type { ChainView, RulesetKey, RulesetView, RuleView, TableView } from '../../src/protocol/inspector';
import { LiveCounter, type Counter } from './live-counter';

/**
 * Of tens of thousands of rules few are ever seen, and few count: the others have no counter of their own. By the key of
 * their chain, and then by their own.
 */
type LiveCounters = Map<string, Map<string, LiveCounter>>;

export class Rule {
  readonly kind = 'rule';
  readonly chain: Chain;
  /** Its place in the chain, from 1, as `iptables -L --line-numbers` counts. */
  readonly number: number;
  readonly view: RuleView;
  /** Of equal rules of the chain, which one it is, from 1. */
  readonly #nth: number;

  constructor(chain: Chain, number: number, view: RuleView, nth: number) {
    this.chain = chain;
    this.number = number;
    this.view = view;
    this.#nth = nth;
  }

  /** Stays the same while other rules come and go. Made when it is asked for: most are never. */
  get key(): string {
    return `${this.chain.key}#${this.#nth} ${this.view.text}`;
  }

  /** Changes on its own: only the row that shows it is rendered then. */
  get counter(): LiveCounter {
    return this.chain.table.ruleset.counterOf(this);
  }
}

export class Chain {
  readonly kind = 'chain';
  readonly table: Table;
  readonly key: string;
  readonly view: ChainView;
  readonly rules: readonly Rule[];

  constructor(table: Table, view: ChainView) {
    this.table = table;
    this.key = chainKey(table.key, view.name);
    this.view = view;
    const seen = new Map<string, number>();
    this.rules = view.rules.map((rule, index) => {
      const nth = (seen.get(rule.text) ?? 0) + 1;
      seen.set(rule.text, nth);
      return new Rule(this, index + 1, rule, nth);
    });
  }

  /** As that of a rule. Only built-in chains count for themselves. */
  get counter(): LiveCounter {
    return this.table.ruleset.counterOf(this);
  }
}

export class Table {
  readonly kind = 'table';
  readonly ruleset: Ruleset;
  readonly key: string;
  readonly name: string;
  /** The kernel passes only the first packet of a connection through `nat`. */
  readonly counts: 'connections' | 'packets';
  readonly chains: readonly Chain[];
  readonly chainsByName: ReadonlyMap<string, Chain>;

  constructor(ruleset: Ruleset, view: TableView) {
    this.ruleset = ruleset;
    this.key = `${ruleset.key}/${view.name}`;
    this.name = view.name;
    this.counts = view.name === 'nat' ? 'connections' : 'packets';
    this.chains = redirectingFirst(
      view.chains.map((chain) => new Chain(this, chain)),
      redirects,
    );
    this.chainsByName = new Map(this.chains.map((chain) => [chain.view.name, chain]));
  }
}

export class Ruleset {
  readonly kind = 'ruleset';
  readonly key: string;
  readonly view: RulesetKey;
  readonly tables: readonly Table[];
  readonly #counters: LiveCounters = new Map();
  /** What counts, by its line in the ruleset. */
  readonly #lines = new Map<number, Chain | Rule>();

  /** `before`: the same ruleset as it was. Counters of rules that were there go on being the same signals. */
  constructor(view: RulesetView, before: Ruleset | null) {
    this.key = rulesetKey(view);
    this.view = { family: view.family, backend: view.backend };
    const tables = view.tables.map((table) => new Table(this, table));
    this.tables = redirectingFirst(tables, ({ chains }) => chains.some(redirects));
    for (const chain of this.tables.flatMap(({ chains }) => chains)) {
      for (const line of linesOf(chain)) this.#lines.set(line.view.line, line);
      if (before) this.#adopt(chain, before);
    }
  }

  /** That of one of its chains or rules; made when it is first asked for. */
  counterOf(line: Chain | Rule): LiveCounter {
    const counters = this.#countersIn(chainOf(line));
    const { key } = line;
    const known = counters.get(key);
    if (known) return known;
    const fresh = new LiveCounter(countOf(line));
    counters.set(key, fresh);
    return fresh;
  }

  /** Sets the counters of some lines. Lines that are not there are passed over: a new structure is on its way. */
  count(
    counters: [line: number, packets: number, bytes: number][],
    seconds: number | null,
    at: number,
  ): void {
    for (const [line, packets, bytes] of counters)
      this.#lines.get(line)?.counter.count({ packets, bytes }, seconds, at);
  }

  /** Where nobody looked at a chain before, no key of its rules is made: that alone would take its time. */
  #adopt(chain: Chain, before: Ruleset): void {
    const known = before.#counters.get(chain.key);
    if (!known) return;
    const counters = this.#countersIn(chain);
    for (const line of linesOf(chain)) {
      const counter = known.get(line.key);
      if (!counter) continue;
      counter.count(countOf(line), null, 0);
      counters.set(line.key, counter);
    }
  }

  #countersIn({ key }: Chain): Map<string, LiveCounter> {
    const known = this.#counters.get(key);
    if (known) return known;
    const none = new Map<string, LiveCounter>();
    this.#counters.set(key, none);
    return none;
  }
}

/** The rules of a workload: their structure, and what their lines count. */
export class Rules {
  readonly rulesets: readonly Ruleset[];
  readonly chainCount: number;

  /** `before`: as they were. */
  constructor(views: RulesetView[], before: Rules | null) {
    this.rulesets = views.map((view) => new Ruleset(view, before?.ruleset(view) ?? null));
    this.chainCount = this.#tables.reduce((sum, { chains }) => sum + chains.length, 0);
  }

  ruleset(key: RulesetKey): Ruleset | null {
    return this.rulesets.find((ruleset) => ruleset.key === rulesetKey(key)) ?? null;
  }

  /** The chain or the rule that has the key. */
  find(key: string): Chain | Rule | null {
    for (const { chains } of this.#tables) {
      for (const chain of chains) {
        if (!key.startsWith(chain.key)) continue;
        const found = linesOf(chain).find((line) => line.key === key);
        if (found) return found;
      }
    }
    return null;
  }

  get #tables(): Table[] {
    return this.rulesets.flatMap(({ tables }) => tables);
  }
}

export function rulesetKey(key: RulesetKey): string {
  return `${key.family}/${key.backend}`;
}

/** The key of a chain of a table, by which a jump finds it. */
export function chainKey(table: string, chain: string): string {
  return `${table}/${chain}`;
}

/** The chain itself, or that of the rule. */
export const chainOf = (line: Chain | Rule): Chain => (line.kind === 'chain' ? line : line.chain);

const linesOf = (chain: Chain): (Chain | Rule)[] => [chain, ...chain.rules];

const countOf = ({ view: { packets, bytes } }: Chain | Rule): Counter => ({ packets, bytes });

const redirects = (chain: Chain): boolean => chain.view.redirects;

function redirectingFirst<T>(items: T[], isFirst: (item: T) => boolean): T[] {
  return [...items.filter(isFirst), ...items.filter((item) => !isFirst(item))];
}
