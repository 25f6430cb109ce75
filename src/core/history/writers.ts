import type { RuleWriter, Snapshot } from '../model';

/** More are counted, and not named. */
const NAMED = 3;

/** Who changed rules, for people: `by iptables-nft-re (process 4711) and 2 others`. Takes at least one, in their order. */
export function writersText(writers: readonly { process: string; pid: number }[]): string {
  const names = [...new Set(writers.map(({ process, pid }) => `${process} (process ${pid})`))];
  const others = names.length - NAMED;
  const rest = others > 0 ? ` and ${others} ${others === 1 ? 'other' : 'others'}` : '';
  return `by ${names.slice(0, NAMED).join(', ')}${rest}`;
}

/**
 * Who has changed rules since the look before, of those that a snapshot tells of. What was before the first look is no change that
 * anybody saw.
 * @param before what the look before told, null: there was none
 */
export function writersSince(before: Snapshot['writers'] | null, now: Snapshot['writers']): RuleWriter[] {
  const heard = before?.at(-1)?.time ?? 0;
  return before === null ? [] : now.filter(({ time }) => time > heard);
}
