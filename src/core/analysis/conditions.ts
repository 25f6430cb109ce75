import type { RuleOption } from '../iptables';
import { parseRange, type PortRange } from '../net';
import { isWithin, type Constraint } from './constraint';
import { FICKLE, MODELLED, STEADY } from './matches';

/** What a rule asks of a packet. */
export interface Conditions {
  /** By what is asked: `-d`, `--dport`. All of them must hold. */
  constraints: { of: string; constraint: Constraint }[];
  /** Matches that we do not model: they may change their mind between two rules. */
  unsure: string[];
  /** True if it may answer otherwise for the same packet a moment later: `limit`, `statistic`. */
  fickle: boolean;
}

const PROTOCOLS: Readonly<Record<string, string>> = {
  '1': 'icmp',
  '6': 'tcp',
  '17': 'udp',
  '33': 'dccp',
  '47': 'gre',
  '50': 'esp',
  '51': 'ah',
  '58': 'ipv6-icmp',
  icmpv6: 'ipv6-icmp',
  '132': 'sctp',
  '136': 'udplite',
};

const literal = ({ not, name, values }: RuleOption): Constraint => ({
  kind: 'literal',
  text: [not ? '!' : '', name, ...values].join(' '),
});

function numbers(option: RuleOption, parse: (text: string) => PortRange | null): Constraint {
  const ranges = (option.values[0] ?? '').split(',').map(parse);
  const known = ranges.filter((range): range is PortRange => range !== null);
  return known.length === ranges.length && known.length > 0
    ? { kind: 'numbers', not: option.not, numbers: known }
    : literal(option);
}

const parseIds = (text: string): PortRange | null => {
  const match = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(text);
  return match ? { first: Number(match[1]), last: Number(match[2] ?? match[1]) } : null;
};

/** `8080`, `1:1024`, `:1024`, `1024:`: unlike `parsePortRange` with the port 0, which rules know. */
const parsePorts = (text: string): PortRange | null => {
  const match = /^(?:(\d{1,5})|(\d{0,5}):(\d{0,5}))$/.exec(text);
  if (!match) return null;
  const [, one, first = '', last = ''] = match;
  if (one !== undefined) return { first: Number(one), last: Number(one) };
  return { first: Number(first), last: last === '' ? 65535 : Number(last) };
};

/** `-p all` asks nothing. */
const isAny = ({ not, name, values }: RuleOption): boolean =>
  name === '-p' && !not && ['all', '0', 'ip'].includes(values[0] ?? '');

/** True for the options of a rule that takes every packet. */
export const asksNothing = (options: readonly RuleOption[]): boolean =>
  options.every(
    (option) =>
      option.name === '--comment' ||
      isAny(option) ||
      (option.name === '-m' && MODELLED.has(option.values[0] ?? '')),
  );

const words = (option: RuleOption, exclusive: boolean): Constraint => ({
  kind: 'words',
  not: option.not,
  words: new Set((option.values[0] ?? '').split(',').map((word) => PROTOCOLS[word] ?? word)),
  exclusive,
});

/** Texts of addresses repeat: thousands of rules of kube-proxy name the same ones. */
export class ConditionReader {
  readonly #ranges = new Map<string, Constraint>();
  readonly #changed: ReadonlySet<string>;

  /** `changed`: the matches whose answers targets of the same table change (`changedBy`). */
  constructor(changed: ReadonlySet<string>) {
    this.#changed = changed;
  }

  /** Takes the options of a rule that are not its target's. */
  read(options: readonly RuleOption[]): Conditions {
    const conditions: Conditions = { constraints: [], unsure: [], fickle: false };
    for (const option of options) {
      if (option.name === '-m') this.#match(conditions, option);
      else if (option.name !== '--comment' && !isAny(option)) {
        if (this.#changed.has(option.name)) conditions.fickle = true;
        conditions.constraints.push(this.#constraint(option));
      }
    }
    return conditions;
  }

  /** A match asks something even without options of its own: `-m socket`. */
  #match(conditions: Conditions, option: RuleOption): void {
    const name = option.values[0] ?? '';
    if (FICKLE.has(name) || this.#changed.has(name)) conditions.fickle = true;
    if (MODELLED.has(name)) return;
    conditions.constraints.push({ of: `-m ${name}`, constraint: literal(option) });
    if (!STEADY.has(name)) conditions.unsure.push(`-m ${name}`);
  }

  #constraint(option: RuleOption): Conditions['constraints'][number] {
    switch (option.name) {
      case '-s':
      case '-d':
        return { of: option.name, constraint: this.#range(option) };
      case '-p':
        return { of: '-p', constraint: words(option, true) };
      case '--dport':
      case '--dports':
        return { of: '--dport', constraint: numbers(option, parsePorts) };
      case '--sport':
      case '--sports':
        return { of: '--sport', constraint: numbers(option, parsePorts) };
      case '--uid-owner':
      case '--gid-owner':
        return { of: option.name, constraint: numbers(option, parseIds) };
      case '-i':
      case '-o':
        return {
          of: option.name,
          constraint: { kind: 'interface', not: option.not, name: option.values[0] ?? '' },
        };
      case '--state':
      case '--ctstate':
        return { of: '--ctstate', constraint: words(option, false) };
      default:
        return { of: option.name, constraint: literal(option) };
    }
  }

  #range(option: RuleOption): Constraint {
    const text = option.values[0] ?? '';
    const key = `${option.not ? '!' : ''}${text}`;
    const known = this.#ranges.get(key);
    if (known) return known;
    const parsed = parseRange(text);
    const range = 'fault' in parsed ? (parsed.fault === 'host-bits' ? parsed.base : null) : parsed;
    const constraint: Constraint = range ? { kind: 'range', not: option.not, range } : literal(option);
    this.#ranges.set(key, constraint);
    return constraint;
  }
}

/**
 * Whether every packet that fits `inner` fits `outer` too, both asked on one way through a table: null where that turns
 * on a match that we do not model.
 */
export function covers(outer: Conditions, inner: Conditions): boolean | null {
  if (outer.fickle) return false;
  const all = outer.constraints.every(({ of, constraint }) =>
    inner.constraints.some((other) => other.of === of && isWithin(other.constraint, constraint)),
  );
  return all && outer.unsure.length > 0 ? null : all;
}
