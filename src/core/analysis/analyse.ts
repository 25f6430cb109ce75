import type { Ruleset } from '../iptables';
import type { Backend, Family, InterfaceAddress, Listener } from '../model';
import { chainFindings } from './chain-use';
import { Ends } from './ends';
import type { Finding } from './finding';
import { listenerFindings } from './listeners';
import { orderFindings } from './order';
import { ReadTable } from './read-table';
import { twinFindings } from './twins';

/** What is known beside the rules; what is null is not known, and nothing is said that would need it. */
export interface AnalysisFacts {
  /** The TCP sockets that listen in the namespace of the rules. */
  listeners: readonly Listener[] | null;
  /** Of its interfaces: rules of a family without any need no twin. */
  addresses: readonly InterfaceAddress[] | null;
}

export interface AnalysedRuleset {
  family: Family;
  backend: Backend;
  ruleset: Ruleset;
}

/** After these, no packet comes to a rule or fits it. */
const IDLE = new Set<Finding['kind']>(['dead', 'shadowed', 'dead-admin-rule']);

function analyseTable(table: ReadTable, family: Family | null, facts: AnalysisFacts): Finding[] {
  const ends = new Ends(table);
  const order = [...table.chains.values()].flatMap((chain) => orderFindings(chain, table, ends));
  const idle = new Set(
    order.filter(({ kind, certain }) => certain && IDLE.has(kind)).map(({ place }) => place.line),
  );
  const chains = chainFindings(table, idle);
  const unreached = new Set(
    chains
      .filter(({ kind }) => kind.endsWith('-chain') && kind !== 'missing-chain')
      .map(({ place }) => place.chain),
  );
  const ports =
    family === null || facts.listeners === null
      ? []
      : listenerFindings(
          table,
          family,
          facts.listeners,
          ({ rule }) => !idle.has(rule.line) && !unreached.has(rule.chain),
        );
  return [...order, ...chains, ...ports];
}

const byLine = (a: Finding, b: Finding): number => a.place.line - b.place.line;

/** All that can be said of one text of `iptables-save` by itself, in the order of its lines. */
export function analyseRuleset(ruleset: Ruleset): Finding[] {
  return ruleset.tables
    .flatMap((table) => analyseTable(new ReadTable(table), null, { listeners: null, addresses: null }))
    .sort(byLine);
}

/**
 * All that can be said of the rules of a namespace, for each of the rulesets in their order. An absent family or
 * back-end holds no rules there.
 */
export function analyseRulesets(rulesets: readonly AnalysedRuleset[], facts: AnalysisFacts): Finding[][] {
  const read = rulesets.map(({ family, ruleset }) => ({
    family,
    tables: ruleset.tables.map((table) => new ReadTable(table)),
  }));
  const othersOf = (family: Family, name: string): ReadTable[] =>
    read
      .filter((one) => one.family !== family)
      .flatMap(({ tables }) => tables.filter((table) => table.name === name));
  return read.map(({ family, tables }) =>
    tables
      .flatMap((table) => [
        ...analyseTable(table, family, facts),
        ...(speaksBoth(facts) ? twinFindings(table, family, othersOf(family, table.name)) : []),
      ])
      .sort(byLine),
  );
}

/** True if connections of both families can come from or to somewhere else. */
function speaksBoth({ addresses }: AnalysisFacts): boolean {
  if (!addresses) return false;
  const far = addresses.filter((one) => one.interface !== 'lo' && !/^fe[89ab]/i.test(one.address));
  return new Set(far.map(({ family }) => family)).size === 2;
}
