export { analyseRuleset, analyseRulesets, type AnalysedRuleset, type AnalysisFacts } from './analyse';
export { fixesFor, type Fix } from './fixes';
export type { Finding, FindingKind, FindingPlace } from './finding';
