export { ANSWERING_HOOKS, REDIRECTING_HOOKS, ownHooks, ownMaps, type OwnHooks } from './hooks';
export { serves, takesIpv6 } from './families';
export { rulesName, type RuleState } from './rule-state';
export { verdictOf, type Mode, type Verdict, type VerdictKind } from './verdict';
export { planSwitch, type PlanInput } from './plan-switch';
export type { BpfObject, PolicyMapState } from './plan-steps';
export type { Call, CallStep, Closing, LoadRef, MapRef, Plan, Refusal, Step, VerifyStep } from './plan';
