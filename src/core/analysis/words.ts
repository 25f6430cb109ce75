import type { ReadRule } from './read-table';

const LONGEST = 160;

/** A rule's text inside a sentence: comments may be very long. */
export function quoted({ rule }: ReadRule): string {
  const { spec } = rule;
  return `“${spec.length > LONGEST ? `${spec.slice(0, LONGEST)}…` : spec}”`;
}
