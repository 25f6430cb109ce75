import type { ChainView, RulesetKey, RulesetView, RuleView, TableView } from '../../src/protocol/inspector';
import { Signal } from '../signal';
import { Rate } from './rate';

export interface Counter {
  packets: number;
  bytes: number;
}

/** A counter that changes on its own, and how fast it grew; null until it did. */
export class LiveCounter extends Signal<Counter> {
  rate: Rate | null = null;

  /** `seconds` is the time since it was read before, `at` the present one in seconds; null: not known. */
  count(counter: Counter, seconds: number | null, at: number): void {
    const grown = counter.packets - this.value.packets;
    if (grown > 0 && seconds !== null) {
      this.rate ??= new Rate();
      this.rate.add(at, seconds, grown);
    }
    if (grown !== 0 || counter.bytes !== this.value.bytes) this.set(counter);
  }
}

/** A rule whose counter changes on its own: only the row that shows it is rendered then. */
export interface Rule {
  /** Stays the same while other rules come and go. */
  key: string;
  /** Its place in the chain, from 1, as `iptables -L --line-numbers` counts. */
  number: number;
  view: RuleView;
  /** Its text in lower case, for the filter. */
  words: string;
  counter: LiveCounter;
}

export interface Chain {
  key: string;
  view: ChainView;
  counter: LiveCounter;
  rules: Rule[];
}

export interface Table {
  key: string;
  name: string;
  /** The kernel passes only the first packet of a connection through `nat`. */
  counts: 'connections' | 'packets';
  chains: Chain[];
  chainNames: ReadonlySet<string>;
}

export interface Ruleset {
  key: string;
  view: RulesetKey;
  tables: Table[];
}

/** The rules of a workload: their structure, and a counter for each of their lines. */
export class Rules {
  readonly rulesets: Ruleset[];
  readonly #byKey = new Map<string, LiveCounter>();
  readonly #byLine = new Map<string, Map<number, LiveCounter>>();
  readonly chainCount: number;

  /** Counters of rules that were there before go on being the same signals. */
  constructor(views: RulesetView[], before: Rules | null) {
    this.rulesets = views.map((view) => this.#ruleset(view, before));
    this.chainCount = views
      .flatMap(({ tables }) => tables)
      .reduce((sum, { chains }) => sum + chains.length, 0);
  }

  /** Sets the counters of some lines. Lines that are not there are passed over: a new structure is on its way. */
  count(
    key: RulesetKey,
    counters: [line: number, packets: number, bytes: number][],
    seconds: number | null,
    at: number,
  ): void {
    const lines = this.#byLine.get(rulesetKey(key));
    for (const [line, packets, bytes] of counters) lines?.get(line)?.count({ packets, bytes }, seconds, at);
  }

  #ruleset(view: RulesetView, before: Rules | null): Ruleset {
    const key = rulesetKey(view);
    this.#byLine.set(key, new Map());
    const tables = view.tables.map((table) => this.#table(table, key, before));
    return { key, view, tables: redirectingFirst(tables, (table) => table.chains.some(redirects)) };
  }

  #table(view: TableView, ruleset: string, before: Rules | null): Table {
    const key = `${ruleset}/${view.name}`;
    const chains = view.chains.map((chain) => this.#chain(chain, key, ruleset, before));
    return {
      key,
      name: view.name,
      counts: view.name === 'nat' ? 'connections' : 'packets',
      chains: redirectingFirst(chains, redirects),
      chainNames: new Set(view.chains.map(({ name }) => name)),
    };
  }

  #chain(view: ChainView, table: string, ruleset: string, before: Rules | null): Chain {
    const key = chainKey(table, view.name);
    const seen = new Map<string, number>();
    const rules = view.rules.map((rule, index) => {
      const nth = (seen.get(rule.text) ?? 0) + 1;
      seen.set(rule.text, nth);
      const ruleKey = `${key}#${nth} ${rule.text}`;
      return {
        key: ruleKey,
        number: index + 1,
        view: rule,
        words: rule.text.toLowerCase(),
        counter: this.#counter(ruleKey, ruleset, rule, before),
      };
    });
    return { key, view, counter: this.#counter(key, ruleset, view, before), rules };
  }

  #counter(key: string, ruleset: string, at: Counter & { line: number }, before: Rules | null): LiveCounter {
    const { packets, bytes, line } = at;
    const known = before === null ? undefined : before.#byKey.get(key);
    const signal = known ?? new LiveCounter({ packets, bytes });
    signal.count({ packets, bytes }, null, 0);
    this.#byKey.set(key, signal);
    this.#byLine.get(ruleset)?.set(line, signal);
    return signal;
  }
}

export function rulesetKey(key: RulesetKey): string {
  return `${key.family}/${key.backend}`;
}

/** The key of a chain of a table, by which a jump finds it. */
export function chainKey(table: string, chain: string): string {
  return `${table}/${chain}`;
}

const redirects = (chain: Chain): boolean => chain.view.redirects;

function redirectingFirst<T>(items: T[], isFirst: (item: T) => boolean): T[] {
  return [...items.filter(isFirst), ...items.filter((item) => !isFirst(item))];
}
