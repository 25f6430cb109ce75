import { isRedirectionChain, senseOf } from '../iptables';
import type { Family } from '../model';
import type { Finding } from './finding';
import type { Conditions } from './conditions';
import { placeOf, type ReadRule, type ReadTable } from './read-table';

const NAMES: Record<Family, string> = { ipv4: 'IPv4', ipv6: 'IPv6' };

const addressless = ({ of, constraint }: Conditions['constraints'][number]): boolean =>
  of !== '-s' && of !== '-d' && (constraint.kind !== 'literal' || !/[.:]/.test(constraint.text));

/** A rule that can be the same in both families: part of a redirection, or on the way there, and without an address. */
function canHaveTwin(rule: ReadRule, table: ReadTable): boolean {
  if (!isRedirectionChain(rule.rule.chain) && !isRedirectionChain(rule.target ?? '')) return false;
  const { conditions, targetOptions } = table.parts(rule);
  return (
    conditions.constraints.every(addressless) &&
    !targetOptions.some(({ values }) => values.some((value) => /[.:]/.test(value)))
  );
}

const senseWithin = ({ rule }: ReadRule): string => `${rule.chain} ${senseOf(rule.spec)}`;

/**
 * The rules of redirections in `table` that the other family's same tables (one for each back-end that has it) lack. Where
 * they lack a whole chain, only the rules are named that lead into the redirection.
 */
export function twinFindings(table: ReadTable, family: Family, others: readonly ReadTable[]): Finding[] {
  if (table.name !== 'nat' && table.name !== 'mangle') return [];
  const missing = NAMES[family === 'ipv4' ? 'ipv6' : 'ipv4'];
  const there = new Set(
    others.flatMap((other) =>
      other
        .rules()
        .filter((rule) => canHaveTwin(rule, other))
        .map(senseWithin),
    ),
  );
  const hasChain = (name: string): boolean => others.some(({ chains }) => chains.has(name));
  return table
    .rules()
    .filter(({ rule }) => !isRedirectionChain(rule.chain) || hasChain(rule.chain))
    .filter((rule) => canHaveTwin(rule, table) && !there.has(senseWithin(rule)))
    .map((rule) => ({
      kind: 'missing-twin' as const,
      certain: true,
      place: placeOf(rule),
      message: `${missing} has no twin of this rule.`,
      reason: `No rule of ${rule.rule.chain} says the same for ${missing}: its connections go another way.`,
      cause: null,
    }));
}
