/** What core/ offers to who wants rules, maps and connections explained without a kernel. Free of vscode. */
export { mapsFromPolicy, type MapContents, type WorkloadFacts } from './ebpf';
export {
  diffRulesets,
  parseRuleset,
  renderPolicy,
  renderRuleset,
  restoreText,
  type Redirection,
  type Ruleset,
  type RulesetChange,
} from './iptables';
export { parsePolicy, policyFromMeshConfig, type Policy, type Problem } from './policy';
export { explainConnection, type Connection, type Trace, type TraceEnd, type TraceState } from './trace';
