export { differences, type Difference } from './compare';
export { toldApart } from './legacy-event';
export {
  explainWhole,
  rulesOf,
  type RulesStation,
  type Station,
  type WholeState,
  type WholeTrace,
} from './whole';
export type { Connection, Trace, TraceEnd, TraceStep } from './connection';
export { explainConnection, type TraceState } from './explain';
export { connectionText, endText, endpointText } from './words';
