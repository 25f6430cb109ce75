import { redirectionIn } from './present';
import type { Jump, Redirection } from './rules';
import type { Ruleset } from './ruleset';

const BUILT_IN = ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'];

/** The specs of a chain after jumps of ours were deleted and others put in, as `-D`, `-I` and `-A` do. */
function withJumps(specs: readonly string[], from: readonly Jump[], to: readonly Jump[]): string[] {
  const left = [...specs];
  for (const { spec } of from) {
    const index = left.indexOf(spec);
    if (index >= 0) left.splice(index, 1);
  }
  for (const { spec, position } of to) left.splice(position === null ? left.length : position - 1, 0, spec);
  return left;
}

/**
 * The table `nat` of a ruleset, without counters, as iptables-save would print it once its redirection was led from one
 * state to another (`transitionText`). Built-in chains come first, those of the target last.
 */
export function applyRedirection(ruleset: Ruleset, from: Redirection, to: Redirection): string[] {
  const nat = ruleset.tables.find(({ name }) => name === 'nat');
  const own = new Set([...redirectionIn(ruleset).chains, ...from.chains].map(({ name }) => name));
  const others = [...(nat?.chains.values() ?? [])].filter(({ name }) => !own.has(name));
  const missing = to.jumps
    .map(({ chain }) => chain)
    .filter((chain) => !others.some(({ name }) => name === chain));
  const chains = [
    ...others.map(({ name, policy, rules }) => ({ name, policy, specs: rules.map(({ spec }) => spec) })),
    ...[...new Set(missing)].map((name) => ({ name, policy: 'ACCEPT', specs: [] as string[] })),
  ].map(({ name, policy, specs }) => ({
    name,
    policy: policy ?? (BUILT_IN.includes(name) ? 'ACCEPT' : '-'),
    specs: withJumps(
      specs,
      from.jumps.filter(({ chain }) => chain === name),
      to.jumps.filter(({ chain }) => chain === name),
    ),
  }));
  const all = [...chains, ...to.chains.map(({ name, rules }) => ({ name, policy: '-', specs: rules }))];
  return [
    ...all.map(({ name, policy }) => `:${name} ${policy}`),
    ...all.flatMap(({ name, specs }) => specs.map((spec) => `-A ${name} ${spec}`.trimEnd())),
  ];
}
