import { HOLD_CHAIN } from '../iptables';
import type { Finding } from './finding';
import { placeOf, type ReadChain, type ReadRule, type ReadTable } from './read-table';
import { isExtension } from './targets';

/** Chains that are there for nobody to lead to: ours holds connections, kube-proxy's and the kubelet's tell of a flush. */
const isMeantUnused = (name: string): boolean =>
  name === HOLD_CHAIN || /^KUBE-(KUBELET|PROXY)-CANARY$/.test(name);

/** What is wrong with how chains are led to. `idle` has the lines of the rules that no packet comes to. */
export function chainFindings(table: ReadTable, idle: ReadonlySet<number>): Finding[] {
  return [...table.rules().flatMap((rule) => missing(rule, table)), ...unreached(table, idle)];
}

function missing(rule: ReadRule, table: ReadTable): Finding[] {
  const { target, goto } = rule;
  if (target === null || table.chains.has(target) || (!goto && isExtension(target))) return [];
  // A chain takes no options.
  if (!goto && table.parts(rule).targetOptions.length > 0) return [];
  // Extensions are written in capitals and digits; what else is written so may be one that we do not know.
  const extension = !goto && /^[A-Z0-9]+$/.test(target);
  const doubt = extension
    ? ' That cannot be certain: it may be a target that is not known here.'
    : table.partial
      ? ' That cannot be certain: this text may be a part of the table.'
      : '';
  return [
    {
      kind: 'missing-chain',
      certain: doubt === '',
      place: placeOf(rule),
      message: `There is no chain ${target}.`,
      reason: `The table ${table.name} has none of this name.${doubt}`,
      cause: null,
    },
  ];
}

function unreached(table: ReadTable, idle: ReadonlySet<number>): Finding[] {
  const led = new Map<string, ReadRule[]>();
  const reached = reachable(table, idle);
  const chains = [...table.chains.values()].filter(({ name }) => !reached.has(name) && !isMeantUnused(name));
  if (chains.length === 0) return [];
  for (const rule of table.rules()) {
    if (rule.target !== null && !reached.has(rule.target)) {
      led.set(rule.target, [...(led.get(rule.target) ?? []), rule]);
    }
  }
  return chains.map((chain) => unreachedChain(chain, led.get(chain.name) ?? [], table.partial));
}

/** The chains that packets come to, from the built-in ones on. */
function reachable(table: ReadTable, idle: ReadonlySet<number>): Set<string> {
  const reached = new Set(
    [...table.chains.values()].filter(({ builtin }) => builtin).map(({ name }) => name),
  );
  for (const name of reached) {
    for (const rule of table.chains.get(name)?.rules ?? []) {
      if (rule.target !== null && table.chains.has(rule.target) && !idle.has(rule.rule.line)) {
        reached.add(rule.target);
      }
    }
  }
  return reached;
}

function unreachedChain(chain: ReadChain, leading: ReadRule[], partial: boolean): Finding {
  const doubt = partial ? ' It cannot be certain: this text may be a part of the table.' : '';
  const [first] = leading;
  const names = [...new Set(leading.map(({ rule }) => rule.chain))];
  return {
    kind: first ? 'unreachable-chain' : 'unused-chain',
    certain: !partial,
    place: chain.place,
    message: first ? 'No packet comes to this chain.' : 'Nothing leads to this chain.',
    reason: first
      ? `Only rules lead here that no packet comes to or that never match: in ${names.slice(0, 3).join(', ')}.${doubt}`
      : `No rule of the table jumps here.${doubt}`,
    cause: first ? placeOf(first) : null,
  };
}
