import type { ChainView, RulesetKey, RulesetView, RuleView, TableView } from '../../src/protocol/inspector';
import { Signal } from '../signal';

export interface Counter {
  packets: number;
  bytes: number;
}

/** A rule whose counter changes on its own: only the row that shows it is rendered then. */
export interface Rule {
  /** Stays the same while other rules come and go. */
  key: string;
  /** Its place in the chain, from 1, as `iptables -L --line-numbers` counts. */
  number: number;
  view: RuleView;
  counter: Signal<Counter>;
}

export interface Chain {
  key: string;
  view: ChainView;
  counter: Signal<Counter>;
  rules: Rule[];
}

export interface Table {
  key: string;
  name: string;
  /** The kernel passes only the first packet of a connection through `nat`. */
  counts: 'connections' | 'packets';
  chains: Chain[];
}

export interface Ruleset {
  key: string;
  view: RulesetKey;
  tables: Table[];
}

/** The rules of a workload: their structure, and a counter for each of their lines. */
export class Rules {
  readonly rulesets: Ruleset[];
  readonly #byKey = new Map<string, Signal<Counter>>();
  readonly #byLine = new Map<string, Signal<Counter>>();

  /** Counters of rules that were there before go on being the same signals. */
  constructor(views: RulesetView[], before: Rules | null) {
    this.rulesets = views.map((view) => this.#ruleset(view, before));
  }

  get chainCount(): number {
    return this.rulesets.flatMap((ruleset) => ruleset.tables).reduce((sum, t) => sum + t.chains.length, 0);
  }

  /** Sets the counters of some lines. Lines that are not there are passed over: a new structure is on its way. */
  count(key: RulesetKey, counters: [line: number, packets: number, bytes: number][]): void {
    for (const [line, packets, bytes] of counters) {
      this.#byLine.get(`${rulesetKey(key)}/${line}`)?.set({ packets, bytes });
    }
  }

  #ruleset(view: RulesetView, before: Rules | null): Ruleset {
    const key = rulesetKey(view);
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
        counter: this.#counter(ruleKey, ruleset, rule, before),
      };
    });
    return { key, view, counter: this.#counter(key, ruleset, view, before), rules };
  }

  #counter(
    key: string,
    ruleset: string,
    at: Counter & { line: number },
    before: Rules | null,
  ): Signal<Counter> {
    const { packets, bytes, line } = at;
    const known = before === null ? undefined : before.#byKey.get(key);
    const signal = known ?? new Signal<Counter>({ packets, bytes });
    if (signal.value.packets !== packets || signal.value.bytes !== bytes) signal.set({ packets, bytes });
    this.#byKey.set(key, signal);
    this.#byLine.set(`${ruleset}/${line}`, signal);
    return signal;
  }
}

function rulesetKey(key: RulesetKey): string {
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
