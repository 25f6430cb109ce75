import type { LiveTrace, TracedPacket, TraceStationView } from '../../src/protocol/inspector';

/** Of one that is on its way, not all is told yet. */
export const isOver = ({ to, hops }: TracedPacket): boolean =>
  to !== null || hops.some(({ verdict }) => verdict === 'drop');

/**
 * The rules of a station that the kernel has met, as `CHAIN#1`, of the latest packet that has come out. Null where it did not say, or
 * did not ask that station: what it would have met there nobody knows.
 */
export function metOf(
  { ruleset }: TraceStationView,
  packets: LiveTrace['packets'],
): ReadonlySet<string> | null {
  const table = ruleset?.backend === 'legacy' ? 'nat (legacy)' : 'nat';
  const met = (packets.findLast(isOver)?.hops ?? [])
    .filter((hop) => hop.table === table && hop.rule !== null)
    .map(({ chain, rule }) => `${chain}#${rule ?? ''}`);
  return ruleset === null || met.length === 0 ? null : new Set(met);
}
