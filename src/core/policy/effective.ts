import { portRangeText, rangeText, type IpRange, type PortRange } from '../net';
import { isJoined, mergePolicy } from './merge';
import { policyFromSettings } from './parse';
import { DEFAULT_POLICY, type Policy, type Problem } from './policy';
import { precision, selects, type Subject } from './selector';
import { RANKS, type PolicySource } from './source';

/** The policy of one workload, and what it is made of. */
export interface EffectivePolicy {
  /** Null where a source is wrong, or where all of them together are. */
  policy: Policy | null;
  /** What to observe under meanwhile: without the wrong sources, or FSM's defaults. */
  best: Readonly<Policy>;
  /** In the order in which they were merged. */
  sources: PolicySource[];
  /** `source` is null for what is wrong between sources. */
  problems: { source: string | null; problem: Problem }[];
}

/** Merges what is said of a workload, in FSM's order; among equals, the more precise selector wins. */
export function effectivePolicy(sources: readonly PolicySource[], subject: Subject): EffectivePolicy {
  const applied = sources
    .filter(({ selector }) => selects(selector, subject))
    .sort(
      (a, b) =>
        RANKS.indexOf(a.rank) - RANKS.indexOf(b.rank) || precision(a.selector) - precision(b.selector),
    );
  const { policy, problems } = policyFromSettings(applied.flatMap(({ settings }) => settings ?? []));
  const whole = applied.every(({ settings }) => settings !== null);
  return {
    policy: whole ? policy : null,
    best: policy ?? DEFAULT_POLICY,
    sources: applied,
    problems: [
      ...applied.flatMap(({ name, problems }) => problems.map((problem) => ({ source: name, problem }))),
      ...problems.map((problem) => ({ source: null, problem })),
    ],
  };
}

/** A value as a person writes it, and the source that it comes from; null for FSM's defaults. */
export interface TracedValue {
  value: number | boolean | string | null;
  source: string | null;
}

/** A field with its value or, of a list, its values. */
export interface TracedField {
  field: keyof Policy;
  value: TracedValue | TracedValue[];
}

const isRange = (item: object): item is IpRange => 'prefix' in item;

function written(item: TracedValue['value'] | PortRange | IpRange): TracedValue['value'] {
  if (typeof item !== 'object' || item === null) return item;
  if (isRange(item)) return rangeText(item);
  return item.first === item.last ? item.first : portRangeText(item);
}

/** Where each value of the policy that these sources make comes from. */
export function tracePolicy(sources: readonly PolicySource[]): TracedField[] {
  const policy = mergePolicy(sources.flatMap(({ settings }) => settings ?? []));
  return (Object.keys(policy) as (keyof Policy)[]).map((field) => {
    const having = sources.filter(({ settings }) => settings?.[field] !== undefined);
    const last = having.at(-1);
    const traced = (source: PolicySource | undefined, value: Policy[typeof field]) => {
      const name = source?.name ?? null;
      return Array.isArray(value)
        ? value.map((item) => ({ value: written(item), source: name }))
        : { value: written(value), source: name };
    };
    if (!isJoined(field)) return { field, value: traced(last, policy[field]) };
    return { field, value: having.flatMap((source) => traced(source, source.settings?.[field] ?? [])) };
  });
}
