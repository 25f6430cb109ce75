export { ANSWERING_HOOKS, REDIRECTING_HOOKS, ownHooks, ownMaps, type OwnHooks } from './hooks';
export { policyIn, serves, takesIpv6 } from './families';
export type { ConnectionFate } from './fates';
export type { BpfObject, PolicyMapState } from './hook-steps';
export type { Call, Closing, LoadRef, MapRef, Plan, Refusal, Step } from './plan';
export { planSwitch, type PlanInput } from './plan-switch';
export { rulesName, type RuleState } from './rule-state';
export { SavedState } from './target';
export { verdictOf, type Mode, type Verdict, type VerdictKind } from './verdict';
