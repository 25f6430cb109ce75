import type { IpRange } from '../net';
import { covers, type Conditions } from './conditions';
import type { Constraint } from './constraint';
import type { ReadRule } from './read-table';

interface Entry {
  rule: ReadRule;
  conditions: Conditions;
}

/** A rule that takes all that another one would; not `certain` where a match is not modelled. */
export interface Cover extends Entry {
  certain: boolean;
}

/**
 * At most so many rules of one key are asked. A chain of very many rules that have nothing that tells them apart would
 * else take a time that grows with the square of its length; what is missed so is said of no rule wrongly.
 */
const MOST = 64;

/** At most so many kinds of keys are looked up for one rule. */
const MOST_KINDS = 32;

/** What of a rule its key is made of: the bits of its addresses, and whether it names one port. */
interface KeyKind {
  source: number | null;
  destination: number | null;
  port: boolean;
}

/** The rules of a chain so far, found by what they ask of addresses and ports. */
export class CoverIndex {
  readonly #rules = new Map<string, Entry[]>();
  readonly #kinds = new Map<string, KeyKind>();

  add(rule: ReadRule, conditions: Conditions): void {
    if (conditions.fickle) return;
    const key = new Key(conditions);
    const kind: KeyKind = {
      source: key.source?.prefix ?? null,
      destination: key.destination?.prefix ?? null,
      port: onePort(conditions) !== null,
    };
    const name = `${kind.source ?? ''}/${kind.destination ?? ''}/${String(kind.port)}`;
    if (!this.#kinds.has(name)) {
      if (this.#kinds.size === MOST_KINDS) return;
      this.#kinds.set(name, kind);
    }
    const text = key.text(kind);
    if (text === null) return;
    const same = this.#rules.get(text);
    if (!same) this.#rules.set(text, [{ rule, conditions }]);
    else if (same.length < MOST) same.push({ rule, conditions });
  }

  /** The first rule so far that takes every packet of this one; null if there is none. */
  cover(conditions: Conditions): Cover | null {
    let unsure: Entry | null = null;
    let found: Entry | null = null;
    const key = new Key(conditions);
    for (const kind of this.#kinds.values()) {
      const text = key.text(kind);
      for (const entry of text === null ? [] : (this.#rules.get(text) ?? [])) {
        const answer = covers(entry.conditions, conditions);
        if (answer === true && (!found || isBefore(entry, found))) found = entry;
        if (answer === null && (!unsure || isBefore(entry, unsure))) unsure = entry;
      }
    }
    if (found) return { ...found, certain: true };
    return unsure && { ...unsure, certain: false };
  }
}

/** What a rule is kept under, and looked up by. */
class Key {
  readonly source: IpRange | null;
  readonly destination: IpRange | null;
  readonly #port: number | null;

  constructor(conditions: Conditions) {
    this.source = rangeOf(conditions, '-s');
    this.destination = rangeOf(conditions, '-d');
    this.#port = firstPort(conditions);
  }

  /** Null where the rule has not what the kind asks for: no rule of that kind can take all that it takes. */
  text({ source, destination, port }: KeyKind): string | null {
    if (port && this.#port === null) return null;
    const from = source === null ? '' : bitsOf(this.source, source);
    const to = destination === null ? '' : bitsOf(this.destination, destination);
    return from === null || to === null ? null : `${from} ${to} ${port ? (this.#port ?? '') : ''}`;
  }
}

const isBefore = (a: Entry, b: Entry): boolean => a.rule.number < b.rule.number;

function constraintOf(conditions: Conditions, of: string): Constraint | null {
  return conditions.constraints.find((one) => one.of === of)?.constraint ?? null;
}

function rangeOf(conditions: Conditions, of: '-s' | '-d'): IpRange | null {
  const constraint = constraintOf(conditions, of);
  return constraint?.kind === 'range' && !constraint.not ? constraint.range : null;
}

function firstPort(conditions: Conditions): number | null {
  const constraint = constraintOf(conditions, '--dport');
  return constraint?.kind === 'numbers' && !constraint.not ? (constraint.numbers[0]?.first ?? null) : null;
}

/** The destination port of a rule that names exactly one. */
function onePort(conditions: Conditions): number | null {
  const constraint = constraintOf(conditions, '--dport');
  if (constraint?.kind !== 'numbers' || constraint.not) return null;
  const [range, ...more] = constraint.numbers;
  return range && more.length === 0 && range.first === range.last ? range.first : null;
}

/** The first `length` bits of the range's address, as text; null if it is wider than that. */
function bitsOf(range: IpRange | null, length: number): string | null {
  if (!range || range.prefix < length) return null;
  const from = range.family === 'ipv4' ? 12 : 0;
  let text = `${length}`;
  for (let bit = 0; bit < length; bit += 8) {
    const byte = range.bytes[from + (bit >> 3)] ?? 0;
    text += `.${length - bit < 8 ? byte & (0xff << (8 - (length - bit))) & 0xff : byte}`;
  }
  return text;
}
