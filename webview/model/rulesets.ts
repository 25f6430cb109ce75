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

/** Counters that somebody looked at or that changed, by the key of their rule or chain. */
type LiveCounters = Map<string, LiveCounter>;

/**
 * What a line of a ruleset counts. Of tens of thousands of rules few are ever seen, and few count: the others have no
 * counter of their own.
 */
abstract class Counted {
  /** Stays the same while other rules come and go. */
  readonly key: string;
  readonly #first: Counter;
  readonly #live: LiveCounters;

  constructor(key: string, first: Counter, live: LiveCounters) {
    this.key = key;
    this.#first = first;
    this.#live = live;
  }

  /** Changes on its own: only the row that shows it is rendered then. */
  get counter(): LiveCounter {
    const known = this.#live.get(this.key);
    if (known) return known;
    const { packets, bytes } = this.#first;
    const fresh = new LiveCounter({ packets, bytes });
    this.#live.set(this.key, fresh);
    return fresh;
  }
}

export class Rule extends Counted {
  /** Its place in the chain, from 1, as `iptables -L --line-numbers` counts. */
  readonly number: number;
  readonly view: RuleView;

  constructor(key: string, number: number, view: RuleView, live: LiveCounters) {
    super(key, view, live);
    this.number = number;
    this.view = view;
  }
}

export class Chain extends Counted {
  readonly view: ChainView;
  readonly rules: readonly Rule[];

  constructor(key: string, view: ChainView, rules: readonly Rule[], live: LiveCounters) {
    super(key, view, live);
    this.view = view;
    this.rules = rules;
  }
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

/** What has a counter, by its line in the ruleset. */
type Lines = Map<number, Counted>;

/** The rules of a workload: their structure, and what their lines count. */
export class Rules {
  readonly rulesets: Ruleset[];
  readonly #live: LiveCounters = new Map();
  /** By the ruleset's key. */
  readonly #lines = new Map<string, Lines>();
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
    const lines = this.#lines.get(rulesetKey(key));
    for (const [line, packets, bytes] of counters)
      lines?.get(line)?.counter.count({ packets, bytes }, seconds, at);
  }

  #ruleset(view: RulesetView, before: Rules | null): Ruleset {
    const key = rulesetKey(view);
    const lines: Lines = new Map();
    this.#lines.set(key, lines);
    const tables = view.tables.map((table) => this.#table(table, key, lines, before));
    return { key, view, tables: redirectingFirst(tables, (table) => table.chains.some(redirects)) };
  }

  #table(view: TableView, ruleset: string, lines: Lines, before: Rules | null): Table {
    const key = `${ruleset}/${view.name}`;
    const chains = view.chains.map((chain) => this.#chain(chain, key, lines, before));
    return {
      key,
      name: view.name,
      counts: view.name === 'nat' ? 'connections' : 'packets',
      chains: redirectingFirst(chains, redirects),
      chainNames: new Set(view.chains.map(({ name }) => name)),
    };
  }

  #chain(view: ChainView, table: string, lines: Lines, before: Rules | null): Chain {
    const key = chainKey(table, view.name);
    const seen = new Map<string, number>();
    const rules = view.rules.map((ruleView, index) => {
      const nth = (seen.get(ruleView.text) ?? 0) + 1;
      seen.set(ruleView.text, nth);
      const rule = new Rule(`${key}#${nth} ${ruleView.text}`, index + 1, ruleView, this.#live);
      this.#adopt(rule, ruleView, lines, before);
      return rule;
    });
    const chain = new Chain(key, view, rules, this.#live);
    this.#adopt(chain, view, lines, before);
    return chain;
  }

  /** Where nothing was looked at before, no key is looked for: that alone takes its time with tens of thousands. */
  #adopt(counted: Counted, at: Counter & { line: number }, lines: Lines, before: Rules | null): void {
    lines.set(at.line, counted);
    if (before === null || before.#live.size === 0) return;
    const known = before.#live.get(counted.key);
    if (!known) return;
    known.count({ packets: at.packets, bytes: at.bytes }, null, 0);
    this.#live.set(counted.key, known);
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
