import { chainIn, type Ruleset } from '../iptables';
import type { TraceEvent } from '../model';

/**
 * What the kernel said of a legacy rule, with rules and ends of chains told apart: it calls a rule without a condition the end
 * of its chain (get_chainname_rulenum, net/ipv4/netfilter/ip_tables.c), but tells its number.
 */
export function toldApart(event: TraceEvent, ruleset: Ruleset): TraceEvent {
  const { table, chain, kind, rule } = event;
  if (kind !== 'policy' || rule === null) return event;
  const rules = chainIn(ruleset, table, chain)?.rules ?? [];
  return rule <= rules.length ? { ...event, kind: 'rule' } : { ...event, rule: null };
}
