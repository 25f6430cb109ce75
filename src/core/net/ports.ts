/** TCP ports from `first` to `last`, both included. */
export interface PortRange {
  first: number;
  last: number;
}

/** One port as a range. */
export const port = (number: number): PortRange => ({ first: number, last: number });

export const ALL_PORTS: PortRange = { first: 1, last: 65535 };

/** Reads `8080` or `8000-8010`; also `8000:8010`, as iptables writes it. Gives null for anything else. */
export function parsePortRange(text: string): PortRange | null {
  const match = /^(\d{1,5})(?:[-:](\d{1,5}))?$/.exec(text.trim());
  if (!match) return null;
  const first = Number(match[1]);
  const last = match[2] === undefined ? first : Number(match[2]);
  return first >= 1 && last <= 65535 && first <= last ? { first, last } : null;
}

/** `8080` or `8000-8010`. */
export function portRangeText(range: PortRange): string {
  return range.first === range.last ? String(range.first) : `${range.first}-${range.last}`;
}

/** Sorted, with overlapping and touching ranges joined. */
export function joinPortRanges(ranges: readonly PortRange[]): PortRange[] {
  const joined: PortRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.first - b.first)) {
    const before = joined.at(-1);
    if (before && range.first <= before.last + 1) before.last = Math.max(before.last, range.last);
    else joined.push({ ...range });
  }
  return joined;
}

/** The ports from 1 to 65535 that are in none of the ranges. */
export function otherPorts(ranges: readonly PortRange[]): PortRange[] {
  const others: PortRange[] = [];
  let next = ALL_PORTS.first;
  for (const range of joinPortRanges(ranges)) {
    if (range.first > next) others.push({ first: next, last: range.first - 1 });
    next = range.last + 1;
  }
  if (next <= ALL_PORTS.last) others.push({ first: next, last: ALL_PORTS.last });
  return others;
}

/** True if `number` is in one of the ranges. */
export function hasPort(ranges: readonly PortRange[], number: number): boolean {
  return ranges.some((range) => range.first <= number && number <= range.last);
}
