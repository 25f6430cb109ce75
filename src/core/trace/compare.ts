import type { TraceEvent } from '../model';
import { decided } from './backends';
import type { Connection, TraceEnd } from './connection';
import type { RulesStation } from './whole';

/** A place where the kernel did otherwise than we explained. Either may have nothing more. */
export interface Difference {
  explained: string | null;
  kernel: string | null;
}

const placeOf = (chain: string, rule: number | null): string =>
  rule === null ? chain : `${chain}, rule ${rule}`;

/** The chain of `nat` after the hook at which it is decided. */
const NEXT = { outbound: 'POSTROUTING', inbound: 'INPUT' };

/**
 * The stations in the order in which the kernel asked them, as far as that follows from its word: those that it did not ask come last,
 * and of those that it did the one that decides. It tells of each back-end by itself, so that the order of its words says nothing.
 */
function inAskedOrder(
  stations: readonly RulesStation[],
  events: readonly TraceEvent[],
): readonly RulesStation[] {
  const placeOf = ({ by, trace, connection }: RulesStation): number => {
    const asked = events.some(
      ({ kind, backend, table, chain }) =>
        kind !== 'end' && backend === by.backend && table === 'nat' && chain !== NEXT[connection.direction],
    );
    return asked ? Number(decided(trace.end)) : 2;
  };
  return stations.toSorted((a, b) => placeOf(a) - placeOf(b));
}

/** The rules of `nat` that a packet met, until it came out of the hook at which it is decided. */
function met(events: readonly TraceEvent[], { by, connection }: RulesStation): TraceEvent[] {
  // That it came out nf_tables tells: what legacy rules did before may be told later.
  const told = events.filter(({ backend }) => backend === by.backend);
  const end = told.findIndex(
    ({ kind, table, chain }) => kind === 'end' || (table === 'nat' && chain === NEXT[connection.direction]),
  );
  return told
    .slice(0, end < 0 ? told.length : end)
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

/** The rules that were met otherwise than explained. */
function metOtherwise(station: RulesStation, events: readonly TraceEvent[]): Difference[] {
  const { steps, end } = station.trace;
  const ours = steps
    .filter(({ matched, decides }) => matched === true || (matched === null && decides))
    .map(({ place, rule }) => placeOf(place, rule));
  const theirs = met(events, station).map(({ chain, rule }) => placeOf(chain, rule));
  const known = end.kind === 'unknown' ? ours.slice(0, -1) : ours;
  const length = end.kind === 'unknown' ? known.length : Math.max(known.length, theirs.length);
  const found: Difference[] = [];
  for (let at = 0; at < length; at++) {
    const [explained, kernel] = [known[at] ?? null, theirs[at] ?? null];
    if (explained !== kernel) found.push({ explained, kernel });
  }
  return found;
}

/** That it came out elsewhere than explained. */
function cameOutOtherwise({ trace, connection }: RulesStation, events: readonly TraceEvent[]): Difference[] {
  const reached = cameOut(events);
  const wanted = expected(trace.end, connection);
  const same = wanted === null || reached === null || reached === wanted || reached.endsWith(` ${wanted}`);
  return same ? [] : [{ explained: wanted, kernel: reached }];
}

/**
 * Compares an explanation by rules with what the kernel did with one packet of that connection. Empty: they agree. Where
 * the explanation ends because we do not know, what the kernel did after is no difference.
 *
 * @param told of those whose rules the kernel tells: once one has decided, the next one's `nat` is not asked
 */
export function differences(told: readonly RulesStation[], events: readonly TraceEvent[]): Difference[] {
  const stations = inAskedOrder(told, events);
  const decides = stations.findIndex(({ trace }) => decided(trace.end));
  const asked = stations.slice(0, decides < 0 ? stations.length : decides + 1);
  const last = asked.at(-1);
  return [
    ...asked.flatMap((station) => metOtherwise(station, events)),
    ...(last ? cameOutOtherwise(last, events) : []),
  ];
}

/** Where the packet came out; null where the kernel did not say. */
function cameOut(events: readonly TraceEvent[]): string | null {
  const out = events.find(({ kind }) => kind === 'end')?.destination;
  if (out) return `${out.address} port ${out.port}`;
  return events.some(({ verdict }) => verdict === 'drop') ? 'refused' : null;
}
