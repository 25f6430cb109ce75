import { wordsOf } from '../iptables';
import { containsAddress, hasPort, parsePortRange, parseRange, type PortRange } from '../net';
import { addressOf, type Connection } from './connection';

/** A condition of a rule: true or false for a connection, null where we do not understand it. */
type Condition = (value: string, connection: Connection) => boolean | null;

const address =
  (end: 'source' | 'destination'): Condition =>
  (value, connection) => {
    const range = parseRange(value);
    return 'fault' in range ? null : containsAddress(range, addressOf(connection[end]));
  };

const ports =
  (end: 'sourcePort' | 'destinationPort'): Condition =>
  (value, connection) => {
    const ranges = value.split(',').map(parsePortRange);
    const known = ranges.filter((range): range is PortRange => range !== null);
    return known.length < ranges.length ? null : hasPort(known, connection[end]);
  };

const anyPort: Condition = (value, connection) => {
  const either = [ports('sourcePort'), ports('destinationPort')].map((match) => match(value, connection));
  return either.includes(null) ? null : either.includes(true);
};

const onInterface =
  (direction: Connection['direction']): Condition =>
  (value, connection) => {
    if (connection.direction !== direction) return false;
    const name = connection.interface;
    return value.endsWith('+') ? name.startsWith(value.slice(0, -1)) : name === value;
  };

const owner =
  (id: 'uid' | 'gid'): Condition =>
  (value, connection) => {
    if (connection.direction === 'inbound') return false;
    const match = /^(\d+)(?:-(\d+))?$/.exec(value);
    if (!match) return null;
    const first = Number(match[1]);
    return first <= connection[id] && connection[id] <= (match[2] === undefined ? first : Number(match[2]));
  };

/** Options with one value, as iptables-save prints them. */
const CONDITIONS: Readonly<Record<string, Condition>> = {
  '-s': address('source'),
  '-d': address('destination'),
  '-i': onInterface('inbound'),
  '-o': onInterface('outbound'),
  '-p': (value) => value === 'tcp' || value === 'all',
  '--sport': ports('sourcePort'),
  '--dport': ports('destinationPort'),
  '--sports': ports('sourcePort'),
  '--dports': ports('destinationPort'),
  '--ports': anyPort,
  '--uid-owner': owner('uid'),
  '--gid-owner': owner('gid'),
  '--comment': () => true,
  '-m': (value) => (['tcp', 'multiport', 'owner', 'comment'].includes(value) ? true : null),
};

/** The flags of a first packet, against `--tcp-flags MASK SET`. */
function matchesFlags(mask: string, set: string): boolean {
  const wanted = set === 'NONE' ? [] : set.split(',');
  const shown = mask === 'ALL' || mask.split(',').includes('SYN') ? ['SYN'] : [];
  return wanted.length === shown.length && wanted.every((flag) => shown.includes(flag));
}

/** Whether a rule fits a connection's first packet, and where it sends it. */
export interface RuleMatch {
  matched: boolean | null;
  target: string | null;
  goto: boolean;
  /** What follows the target: its options. */
  options: string[];
}

/** Takes a rule's spec (`Rule.spec`). */
export function matchRule(spec: string, connection: Connection): RuleMatch {
  const words = wordsOf(spec).map(({ text }) => text);
  const answers: (boolean | null)[] = [];
  for (let at = 0; at < words.length; at++) {
    const not = words[at] === '!';
    if (not) at++;
    const option = words[at] ?? '';
    const value = words[++at] ?? '';
    if (option === '-j' || option === '-g') {
      return { matched: all(answers), target: value, goto: option === '-g', options: words.slice(at + 1) };
    }
    const answer =
      option === '--tcp-flags'
        ? matchesFlags(value, words[++at] ?? '')
        : Object.hasOwn(CONDITIONS, option)
          ? (CONDITIONS[option]?.(value, connection) ?? null)
          : null;
    answers.push(answer === null ? null : answer !== not);
  }
  return { matched: all(answers), target: null, goto: false, options: [] };
}

/** False as soon as one is; null where one is not known. */
const all = (answers: readonly (boolean | null)[]): boolean | null =>
  answers.includes(false) ? false : answers.includes(null) ? null : true;
