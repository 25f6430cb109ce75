import { HOLD_CHAIN, type Redirection } from '../iptables';
import type { Backend, Family } from '../model';
import type { RuleExpectation, Step } from './plan';

/** The lines of a redirection as iptables-save prints them. */
function linesOf({ chains, jumps }: Redirection): string[] {
  return [
    ...chains.flatMap(({ name, rules }) => rules.map((spec) => `-A ${name} ${spec}`.trimEnd())),
    ...jumps.map(({ chain, spec }) => `-A ${chain} ${spec}`),
  ];
}

/** That the rules lead from one state to another has happened: all of the new is there, what only the old had is not. */
export function expectRules(
  { family, backend }: { family: Family; backend: Backend },
  from: Redirection,
  to: Redirection,
): RuleExpectation {
  const kept = new Set([HOLD_CHAIN, ...to.chains.map(({ name }) => name)]);
  const has = linesOf(to);
  const stale = from.chains.filter(({ name }) => !kept.has(name));
  const jumps = from.jumps
    .map(({ chain, spec }) => `-A ${chain} ${spec}`)
    .filter((line) => !has.includes(line));
  return { family, backend, has, lacks: [...stale.map(({ name }) => `:${name} `), ...jumps] };
}

/** A step that changes nothing, and fails unless the workload is as the steps before it should have made it. */
export function verifyStep(
  workload: string,
  title: string,
  rules: RuleExpectation[],
  hooks: { attached: readonly string[]; detached: readonly string[] },
): Step {
  return {
    title,
    call: {
      verb: 'workload/verify',
      params: {
        workload,
        rules,
        hooks: { attached: [...hooks.attached], detached: [...hooks.detached] },
      },
    },
    undo: [],
  };
}
