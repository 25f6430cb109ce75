import { isOwnChain } from '../iptables';
import { covers, type Conditions } from './conditions';
import { CoverIndex, type Cover } from './cover-index';
import type { Ends } from './ends';
import type { Finding } from './finding';
import { placeOf, type ReadChain, type ReadRule, type ReadTable } from './read-table';
import { quoted } from './words';

/** FSM's port for the sidecar's own administration. */
const ADMIN_PORT = 15000;

/** What the order of a chain's rules makes of them: those that are never asked, never match, or jump a second time. */
export function orderFindings(chain: ReadChain, table: ReadTable, ends: Ends): Finding[] {
  if (chain.rules.length < 2) return [];
  const findings: Finding[] = [];
  const before = new CoverIndex();
  const jumps = new Jumps(table);
  let end: ReadRule | null = null;
  for (const rule of chain.rules) {
    if (end) {
      findings.push(dead(rule, end));
      continue;
    }
    const { conditions } = table.parts(rule);
    const finding = jumps.duplicate(rule, conditions) ?? shadowed(rule, conditions, before);
    if (finding) findings.push(finding);
    // What a rule takes that is taken already needs not be known again.
    if (ends.takes(rule) && !finding?.certain) before.add(rule, conditions);
    if (ends.takesAll(rule)) end = rule;
  }
  return findings;
}

function dead(rule: ReadRule, end: ReadRule): Finding {
  return {
    kind: 'dead',
    certain: true,
    place: placeOf(rule),
    message: 'This rule is never reached.',
    reason: `Rule ${end.number} before it takes every packet: ${quoted(end)}.`,
    cause: placeOf(end),
  };
}

/** FSM's exception (its `GenerateIptablesCommands`), which stands after what it excepts from. */
function isAdminException({ rule, target }: ReadRule, { constraints }: Conditions): boolean {
  return (
    isOwnChain(rule.chain) &&
    target === 'ACCEPT' &&
    constraints.some(
      ({ constraint }) =>
        constraint.kind === 'numbers' &&
        constraint.numbers.some(({ first, last }) => first === ADMIN_PORT && last === ADMIN_PORT),
    )
  );
}

function shadowed(rule: ReadRule, conditions: Conditions, before: CoverIndex): Finding | null {
  const cover = before.cover(conditions);
  if (!cover) return null;
  const { number } = cover.rule;
  const common = { certain: cover.certain, place: placeOf(rule), cause: placeOf(cover.rule) };
  if (cover.certain && isAdminException(rule, conditions)) {
    return {
      ...common,
      kind: 'dead-admin-rule',
      message: `The exception for the admin port ${ADMIN_PORT} has no effect.`,
      reason: `Rule ${number} before it redirects it: a connection to port ${ADMIN_PORT} lands where all others do.`,
    };
  }
  return {
    ...common,
    kind: 'shadowed',
    message: cover.certain ? 'This rule never matches.' : 'This rule may never match.',
    reason: `Rule ${number} before it takes every packet that this one would: ${quoted(cover.rule)}.${doubt(cover)}`,
  };
}

const doubt = ({ certain, conditions }: Pick<Cover, 'certain' | 'conditions'>): string =>
  certain
    ? ''
    : ` That cannot be certain: ${[...new Set(conditions.unsure)].join(', ')} is not modelled here.`;

/** The jumps of a chain so far, by where they lead: packets that came back from there may be sent there again. */
class Jumps {
  readonly #table: ReadTable;
  readonly #firsts = new Map<string, { rule: ReadRule; conditions: Conditions }>();
  /** Of targets that are jumped to more than once. */
  readonly #more = new Map<string, CoverIndex>();

  constructor(table: ReadTable) {
    this.#table = table;
  }

  duplicate(rule: ReadRule, conditions: Conditions): Finding | null {
    const { target } = rule;
    if (target === null || !this.#table.chains.has(target)) return null;
    const first = this.#firsts.get(target);
    if (!first) {
      this.#firsts.set(target, { rule, conditions });
      return null;
    }
    const index = this.#indexOf(target, first);
    const same = index.cover(conditions);
    if (!same || covers(conditions, same.conditions) === false) {
      index.add(rule, conditions);
      return null;
    }
    return {
      kind: 'duplicate-jump',
      certain: same.certain,
      place: placeOf(rule),
      message: same.certain ? `A second jump to ${target}.` : `Perhaps a second jump to ${target}.`,
      reason: `Rule ${same.rule.number} already sends the same packets there.${doubt(same)}`,
      cause: placeOf(same.rule),
    };
  }

  #indexOf(target: string, first: { rule: ReadRule; conditions: Conditions }): CoverIndex {
    const known = this.#more.get(target);
    if (known) return known;
    const index = new CoverIndex();
    index.add(first.rule, first.conditions);
    this.#more.set(target, index);
    return index;
  }
}
