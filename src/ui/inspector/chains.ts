import {
  isOurRule,
  isRedirectionChain,
  parseRuleset,
  targetOf,
  tokensOf,
  type Chain,
  type Counters,
  type Rule,
  type Ruleset,
} from '../../core/iptables';
import type { RulesetText } from '../../core/model';
import type { WatchChanged } from '../../nodes/agent/protocol';
import type { ChainView, RulesetKey, RulesetView, RuleView, ToInspector } from '../../protocol/inspector';

interface Shown {
  key: RulesetKey;
  /** The text without its counters: while it stays, only counters are sent. */
  structure: string;
  view: RulesetView;
}

type Changes = NonNullable<WatchChanged['rulesets']>;
type CounterMessage = Extract<ToInspector, { type: 'counters' }>;

/** The rulesets of one workload as the inspector shows them. */
export class ChainsView {
  readonly #shown = new Map<string, Shown>();

  /** Everything, for a page that knows nothing yet. */
  whole(rulesets: readonly RulesetText[]): ToInspector[] {
    this.#shown.clear();
    for (const ruleset of rulesets) this.#show(ruleset);
    return [this.#all()];
  }

  /** What a notification of the watch changes: counters where the rules stayed, else all rulesets again. */
  changed(changes: Changes): { messages: ToInspector[]; structure: boolean } {
    const messages: CounterMessage[] = [];
    let structure = false;
    for (const change of changes) {
      if ('counters' in change) messages.push(counters(change, change.counters));
      else if (change.text === '') structure = this.#shown.delete(keyOf(change)) || structure;
      else if (this.#shown.get(keyOf(change))?.structure !== structureOf(change.text)) {
        this.#show(change);
        structure = true;
      } else messages.push(counters(change, allCounters(parseRuleset(change.text))));
    }
    for (const { ruleset, counters } of messages) this.#count(ruleset, counters);
    return { messages: structure ? [this.#all()] : messages, structure };
  }

  #show(ruleset: RulesetText): void {
    const { family, backend, text } = ruleset;
    const key = { family, backend };
    const view = { ...key, ...rulesetView(parseRuleset(text)) };
    this.#shown.set(keyOf(key), { key, structure: structureOf(text), view });
  }

  /** Keeps the counters of what is shown, so that sending it again does not turn them back. */
  #count(key: RulesetKey, changed: CounterMessage['counters']): void {
    const shown = this.#shown.get(keyOf(key));
    if (!shown) return;
    const byLine = new Map(changed.map(([line, packets, bytes]) => [line, { packets, bytes }]));
    for (const chain of shown.view.tables.flatMap(({ chains }) => chains)) {
      for (const row of [chain, ...chain.rules]) Object.assign(row, byLine.get(row.line));
    }
  }

  #all(): ToInspector {
    return { type: 'rulesets', rulesets: [...this.#shown.values()].map(({ view }) => view) };
  }
}

const keyOf = ({ family, backend }: RulesetKey): string => `${family}/${backend}`;

/** Without counters, and without comments: iptables-save writes the date into them. */
const structureOf = (text: string): string => text.replace(/^\[\d+:\d+\] | \[\d+:\d+\]$|^#.*$/gm, '');

function counters({ family, backend }: RulesetKey, changed: CounterMessage['counters']): CounterMessage {
  return { type: 'counters', ruleset: { family, backend }, counters: changed };
}

function allCounters(ruleset: Ruleset): CounterMessage['counters'] {
  return ruleset.tables
    .flatMap(({ chains }) => [...chains.values()])
    .flatMap((chain) => [chain, ...chain.rules])
    .map(({ line, counters }) => [line, counters?.packets ?? 0, counters?.bytes ?? 0]);
}

/** The structure of a ruleset with its counters, for showing. */
export function rulesetView(ruleset: Ruleset): Pick<RulesetView, 'tables'> {
  return {
    tables: ruleset.tables.map(({ name, chains }) => ({
      name,
      chains: [...chains.values()].map((chain) => chainView(chain, (target) => chains.has(target))),
    })),
  };
}

function chainView(chain: Chain, isChain: (name: string) => boolean): ChainView {
  const { name, policy, line } = chain;
  const leadsToRedirection = chain.rules.some(({ spec }) => isRedirectionChain(targetOf(spec)?.name ?? ''));
  return {
    name,
    policy,
    line,
    ...numbers(chain.counters),
    redirects: isRedirectionChain(name) || leadsToRedirection,
    rules: chain.rules.map((rule) => ruleView(rule, isChain)),
  };
}

function ruleView(rule: Rule, isChain: (name: string) => boolean): RuleView {
  return {
    line: rule.line,
    text: rule.text,
    tokens: tokensOf(rule.spec, isChain),
    ...numbers(rule.counters),
    ours: isOurRule(rule),
  };
}

const numbers = (counters: Counters | null): Counters => counters ?? { packets: 0, bytes: 0 };
