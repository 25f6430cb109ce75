export { diffRulesets, type RulesetChange } from './diff';
export { CHAINS, COMMENT, HOLD_CHAIN, foreignMesh, isOwnChain, isRedirectionChain } from './names';
export { parseRuleset, renderRuleset } from './parse';
export { foreignMeshesIn, isOurRule, redirectionIn, redirects } from './present';
export { HOLD, multiportLists, renderPolicy, type Jump, type Redirection, type RuleFacts } from './rules';
export type { Chain, Counters, OtherLine, Rule, Ruleset, Table } from './ruleset';
export { tokensOf, type RuleToken } from './tokens';
export { removeText, restoreText, sameRedirection, transitionText } from './transition';
export { commentOf, targetOf, wordsOf, type Target, type Word } from './words';
