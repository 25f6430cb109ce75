import type { TraceEvent } from '../model';
import type { Connection, Trace, TraceEnd } from './connection';

/** A place where the kernel did otherwise than we explained. Either may have nothing more. */
export interface Difference {
  explained: string | null;
  kernel: string | null;
}

const placeOf = (chain: string, rule: number | null): string =>
  rule === null ? chain : `${chain}, rule ${rule}`;

/** The rules of `nat` that a packet met, until it came out of the hook at which it is decided. */
function met(events: readonly TraceEvent[], { direction }: Connection): TraceEvent[] {
  const end = events.findIndex(
    ({ kind, table, chain }) =>
      kind === 'end' || (direction === 'inbound' && table === 'nat' && chain === 'INPUT'),
  );
  return events
    .slice(0, end < 0 ? events.length : end)
    .filter(({ kind, table }) => kind === 'rule' && table === 'nat');
}

/** Where it was to come out; null where we cannot tell. */
function expected(end: TraceEnd, { destination, destinationPort }: Connection): string | null {
  switch (end.kind) {
    case 'direct':
      return `${destination} port ${destinationPort}`;
    case 'sidecar':
      return `port ${end.port}`;
    case 'rewritten':
      return `${end.destination} port ${end.port}`;
    case 'refused':
      return 'refused';
    case 'unknown':
      return null;
  }
}

/**
 * Compares an explanation by rules with what the kernel did with one packet of that connection. Empty: they agree. Where
 * the explanation ends because we do not know, what the kernel did after is no difference.
 */
export function differences(
  { steps, end }: Trace,
  connection: Connection,
  events: readonly TraceEvent[],
): Difference[] {
  const ours = steps
    .filter(({ matched, decides }) => matched === true || (matched === null && decides))
    .map(({ place, rule }) => placeOf(place, rule));
  const theirs = met(events, connection).map(({ chain, rule }) => placeOf(chain, rule));
  const known = end.kind === 'unknown' ? ours.slice(0, -1) : ours;
  const length = end.kind === 'unknown' ? known.length : Math.max(known.length, theirs.length);
  const found: Difference[] = [];
  for (let at = 0; at < length; at++) {
    const [explained, kernel] = [known[at] ?? null, theirs[at] ?? null];
    if (explained !== kernel) found.push({ explained, kernel });
  }
  const reached = cameOut(events);
  const wanted = expected(end, connection);
  const same = wanted === null || reached === null || reached === wanted || reached.endsWith(` ${wanted}`);
  return same ? found : [...found, { explained: wanted, kernel: reached }];
}

/** Where the packet came out; null where the kernel did not say. */
function cameOut(events: readonly TraceEvent[]): string | null {
  const out = events.find(({ kind }) => kind === 'end')?.destination;
  if (out) return `${out.address} port ${out.port}`;
  return events.some(({ verdict }) => verdict === 'drop') ? 'refused' : null;
}
