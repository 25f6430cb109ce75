export type { Check, Expectation, PlannedCheck, Side } from './check';
export { checksOf, modeToVerify, type VerifyInput } from './checks';
export { judge } from './judge';
export type { Scene } from './taker';
export { WHOLE, wholeCheck } from './whole';
