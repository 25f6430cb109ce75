import type { TraceEnd } from './connection';
import type { RulesStation } from './whole';
import { endText } from './words';

/** Whether something is decided: connections that go on have not been decided about. */
export const decided = (end: TraceEnd): boolean => end.kind !== 'direct';

/**
 * Where the rules of a family send a connection together; `unordered` is true where that turns on which back-end is asked first.
 *
 * The kernel asks both until one has translated the connection (nf_nat_inet_fn, net/netfilter/nf_nat_core.c), the one whose chain
 * was made last first (nf_hook_entries_grow, net/netfilter/core.c: both have the same priority). When that was it tells nobody:
 * what lists hooks (nfnetlink_hook, Linux 5.14) lists NAT as one, not the chains that it asks. So where only one decides, or both
 * alike, the order does not matter; where they decide differently, nobody can say.
 */
export function endOfRules(stations: readonly RulesStation[]): { end: TraceEnd; unordered: boolean } {
  const deciding = stations.filter(({ trace }) => decided(trace.end));
  const [first, ...others] = deciding;
  if (!first) return { end: { kind: 'direct' }, unordered: false };
  const { end } = first.trace;
  const known = deciding.every(({ trace }) => trace.end.kind !== 'unknown');
  const alike = others.every(({ trace }) => endText(trace.end) === endText(end));
  if (others.length === 0 || (known && alike)) return { end, unordered: false };
  const each = deciding.map(({ by, trace }) => `by those of ${by.backend} it ${endText(trace.end)}`);
  return {
    end: {
      kind: 'unknown',
      reason: `rules of both back-ends decide, and the kernel does not tell which it asks first: ${each.join(', ')}. “Watch live” shows it`,
    },
    unordered: true,
  };
}
