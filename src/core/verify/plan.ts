import type { Probe } from '../model';
import type { PortRange } from '../net';
import type { Expectation, PlannedCheck } from './check';

export const FAMILY = { ipv4: 'IPv4', ipv6: 'IPv6' } as const;

export const PASSES = { kind: 'passes' } as const;

/** The ports by which a range is tried. */
export const endsOf = ({ first, last }: PortRange): number[] => [...new Set([first, last])];

/** Milliseconds to wait for what must be taken, however busy the sidecar is. */
const PATIENCE = 5000;
/** Milliseconds after which an unanswered connection counts as one that nobody here takes: the sidecar's port answers at once. */
const GLANCE = 300;

/** A connection that a check makes. Without a destination or a port it cannot be made. */
export interface Attempt extends Pick<Probe, 'from' | 'uid' | 'gid' | 'destinations'> {
  port: number | null;
  /** Of `outside`: the address it comes from. */
  source?: string;
}

const patienceFor = (expect: Expectation): number => (expect.kind === 'passes' ? GLANCE : PATIENCE);

/** What an attempt lacks; null where it can be made. */
function lackOf({ destinations, port }: Attempt): string | null {
  if (port === null) return 'The policy names every port, and leaves none to try this with.';
  return destinations.length === 0 ? 'There is no address to try this with.' : null;
}

/** A check with the probes of its attempts; with `doubt`, or where an attempt cannot be made, without any. */
export function plan(
  id: string,
  title: string,
  expect: Expectation,
  attempts: readonly Attempt[],
  doubt: string | null = null,
): PlannedCheck {
  const lack = doubt ?? attempts.map(lackOf).find((one) => one !== null) ?? null;
  const probes = attempts.map(({ port, ...attempt }, index) => ({
    ...attempt,
    id: `${id}#${index}`,
    port: port ?? 0,
    patience: patienceFor(expect),
  }));
  return { id, title, expect, doubt: lack, probes: lack === null ? probes : [] };
}
