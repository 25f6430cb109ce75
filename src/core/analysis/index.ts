export { analyseRuleset, analyseRulesets, type AnalysedRuleset, type AnalysisFacts } from './analyse';
export type { Finding, FindingKind, FindingPlace } from './finding';
