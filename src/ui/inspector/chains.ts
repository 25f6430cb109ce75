import { createHash } from 'node:crypto';
import { analyseRulesets, type AnalysisFacts } from '../../core/analysis';
import {
  isOurRule,
  isRedirectionChain,
  parseRuleset,
  targetOf,
  type Chain,
  type Counters,
  type Rule,
  type Ruleset,
} from '../../core/iptables';
import type { RulesetText } from '../../core/model';
import type { WatchChanged } from '../../nodes/agent/protocol';
import type { Known } from './watch';
import type { ChainView, RulesetKey, RulesetView, RuleView, ToInspector } from '../../protocol/inspector';

interface Shown {
  key: RulesetKey;
  /** The text without its counters: while it stays, only counters are sent. */
  structure: string;
  ruleset: Ruleset;
  view: RulesetView;
  /** By line: what counts. */
  counted: Map<number, Counters>;
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

  /** What a watch need not tell: the rules that are shown. */
  get known(): Known {
    return [...this.#shown.values()].map(({ key, structure }) => ({ ...key, digest: digestOf(structure) }));
  }

  /** What a notification of the watch changes: counters where the rules stayed, else all rulesets again. */
  changed(changes: Changes): { messages: ToInspector[]; structure: boolean } {
    const messages: CounterMessage[] = [];
    let structure = false;
    for (const change of changes) {
      if ('counters' in change) messages.push(counters(change, change.counters, secondsOf(change.since)));
      else if (change.text === '') structure = this.#shown.delete(keyOf(change)) || structure;
      else if (this.#shown.get(keyOf(change))?.structure !== structureOf(change.text)) {
        this.#show(change);
        structure = true;
      } else {
        const grown = this.#grown(change, allCounters(parseRuleset(change.text)));
        if (grown.length > 0) messages.push(counters(change, grown, null));
      }
    }
    for (const { ruleset, counters } of messages) this.#count(ruleset, counters);
    return { messages: structure ? [this.#all()] : messages, structure };
  }

  /** What is wrong with the rules that are shown. */
  findings(facts: AnalysisFacts): ToInspector {
    const shown = [...this.#shown.values()];
    const findings = analyseRulesets(
      shown.map(({ key, ruleset }) => ({ ...key, ruleset })),
      facts,
    );
    return {
      type: 'findings',
      rulesets: shown.map(({ key }, index) => ({ ...key, findings: findings[index] ?? [] })),
    };
  }

  #show({ family, backend, text }: RulesetText): void {
    const key = { family, backend };
    const ruleset = parseRuleset(text);
    const view = { ...key, ...rulesetView(ruleset) };
    const rows = view.tables.flatMap(({ chains }) => chains).flatMap((chain) => [chain, ...chain.rules]);
    const counted = new Map(rows.map((row) => [row.line, row]));
    this.#shown.set(keyOf(key), { key, structure: structureOf(text), ruleset, view, counted });
  }

  #grown(key: RulesetKey, all: CounterMessage['counters']): CounterMessage['counters'] {
    const counted = this.#shown.get(keyOf(key))?.counted;
    return all.filter(([line, packets, bytes]) => {
      const row = counted?.get(line);
      return row?.packets !== packets || row.bytes !== bytes;
    });
  }

  /** Keeps the counters of what is shown, so that sending it again does not turn them back. */
  #count(key: RulesetKey, changed: CounterMessage['counters']): void {
    const counted = this.#shown.get(keyOf(key))?.counted;
    for (const [line, packets, bytes] of changed) Object.assign(counted?.get(line) ?? {}, { packets, bytes });
  }

  #all(): ToInspector {
    return { type: 'rulesets', rulesets: [...this.#shown.values()].map(({ view }) => view) };
  }
}

const keyOf = ({ family, backend }: RulesetKey): string => `${family}/${backend}`;

const secondsOf = (milliseconds: number | null): number | null =>
  milliseconds === null ? null : milliseconds / 1000;

/** Without counters, and without comments: iptables-save writes the date into them. */
const structureOf = (text: string): string => text.replace(/^\[\d+:\d+\] | \[\d+:\d+\]$|^#.*$/gm, '');

/** The agent's saved_rules_digest(): of lines without counters, comments, and spaces around them. */
const digestOf = (structure: string): string => createHash('sha256').update(structure).digest('hex');

function counters(
  { family, backend }: RulesetKey,
  changed: CounterMessage['counters'],
  seconds: number | null,
): CounterMessage {
  return { type: 'counters', ruleset: { family, backend }, counters: changed, seconds };
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
      chains: [...chains.values()].map((chain) => chainView(chain)),
    })),
  };
}

function chainView(chain: Chain): ChainView {
  const { name, policy, line } = chain;
  const leadsToRedirection = chain.rules.some(({ spec }) => isRedirectionChain(targetOf(spec)?.name ?? ''));
  return {
    name,
    policy,
    line,
    ...numbers(chain.counters),
    redirects: isRedirectionChain(name) || leadsToRedirection,
    rules: chain.rules.map(ruleView),
  };
}

function ruleView(rule: Rule): RuleView {
  return {
    line: rule.line,
    text: rule.spec,
    ...numbers(rule.counters),
    ours: isOurRule(rule),
  };
}

const numbers = (counters: Counters | null): Counters => counters ?? { packets: 0, bytes: 0 };
