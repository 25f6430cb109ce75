import { containsRange, type IpRange, type PortRange } from '../net';

/** What one option of a rule asks of a packet. */
export type Constraint =
  /** One of these words. `exclusive`: a packet has only one of them, as of protocols, and not as of states. */
  | { kind: 'words'; not: boolean; words: ReadonlySet<string>; exclusive: boolean }
  | { kind: 'range'; not: boolean; range: IpRange }
  | { kind: 'numbers'; not: boolean; numbers: readonly PortRange[] }
  /** A name of an interface, `veth+` for all that begin so. */
  | { kind: 'interface'; not: boolean; name: string }
  /** Anything else that depends on the packet alone: as it is written. */
  | { kind: 'literal'; text: string };

type Same<K> = Extract<Constraint, { kind: K }>;

/** How two sets lie to each other, for one kind of them. */
interface Sets<C> {
  within: (inner: C, outer: C) => boolean;
  apart: (a: C, b: C) => boolean;
}

const WORDS: Sets<Same<'words'>> = {
  within: (inner, outer) => [...inner.words].every((word) => outer.words.has(word)),
  apart: (a, b) => a.exclusive && ![...a.words].some((word) => b.words.has(word)),
};

const RANGES: Sets<Same<'range'>> = {
  within: (inner, outer) => containsRange(outer.range, inner.range),
  apart: (a, b) => !containsRange(a.range, b.range) && !containsRange(b.range, a.range),
};

const NUMBERS: Sets<Same<'numbers'>> = {
  within: (inner, outer) =>
    inner.numbers.every(({ first, last }) =>
      outer.numbers.some((range) => range.first <= first && last <= range.last),
    ),
  apart: (a, b) =>
    !a.numbers.some(({ first, last }) =>
      b.numbers.some((other) => first <= other.last && other.first <= last),
    ),
};

const prefixOf = (name: string): string | null => (name.endsWith('+') ? name.slice(0, -1) : null);

const interfaceWithin = (inner: string, outer: string): boolean => {
  const prefix = prefixOf(outer);
  return prefix === null ? inner === outer : inner.startsWith(prefix);
};

const INTERFACES: Sets<Same<'interface'>> = {
  within: (inner, outer) => interfaceWithin(inner.name, outer.name),
  apart: (a, b) => !interfaceWithin(a.name, b.name) && !interfaceWithin(b.name, a.name),
};

/** Sets with their complements: `not A` is within `not B` if B is within A, and `A` within `not B` if they are apart. */
function inside<C extends { not: boolean }>(sets: Sets<C>, inner: C, outer: C): boolean {
  if (!outer.not) return !inner.not && sets.within(inner, outer);
  return inner.not ? sets.within(outer, inner) : sets.apart(inner, outer);
}

/** True if every packet that satisfies `inner` certainly satisfies `outer`. Both ask of the same thing. */
export function isWithin(inner: Constraint, outer: Constraint): boolean {
  if (outer.kind === 'words' && inner.kind === 'words') return inside(WORDS, inner, outer);
  if (outer.kind === 'range' && inner.kind === 'range') return inside(RANGES, inner, outer);
  if (outer.kind === 'numbers' && inner.kind === 'numbers') return inside(NUMBERS, inner, outer);
  if (outer.kind === 'interface' && inner.kind === 'interface') return inside(INTERFACES, inner, outer);
  return outer.kind === 'literal' && inner.kind === 'literal' && inner.text === outer.text;
}
