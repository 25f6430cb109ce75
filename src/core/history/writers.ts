/** More are counted, and not named. */
const NAMED = 3;

/** Who changed rules, for people: `by iptables-nft-re (process 4711) and 2 others`. Takes at least one, in their order. */
export function writersText(writers: readonly { process: string; pid: number }[]): string {
  const names = [...new Set(writers.map(({ process, pid }) => `${process} (process ${pid})`))];
  const others = names.length - NAMED;
  const rest = others > 0 ? ` and ${others} ${others === 1 ? 'other' : 'others'}` : '';
  return `by ${names.slice(0, NAMED).join(', ')}${rest}`;
}
