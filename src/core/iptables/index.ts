export { applyRedirection } from './apply';
export { diffRulesets, type RulesetChange } from './diff';
export { OWN_CHAINS, fingerprintOf, recordedFingerprints, sameDecisions } from './fingerprint';
export { afterRemoval, guardOlder, withHoldOf } from './hold';
export { CHAINS, COMMENT, HOLD_CHAIN, SPELLINGS, foreignMesh, isOwnChain, isRedirectionChain } from './names';
export { optionsOf, type RuleOption } from './options';
export { partOf } from './part';
export { parseRuleset, renderRuleset } from './parse';
export { foreignMeshesIn, isOurRule, isOurSpec, redirectionIn, redirects } from './present';
export {
  HOLD,
  NOTHING,
  multiportLists,
  renderPolicy,
  type Jump,
  type Redirection,
  type RuleFacts,
} from './rules';
export {
  chainIn,
  type Chain,
  type Counters,
  type OtherLine,
  type Rule,
  type Ruleset,
  type Table,
} from './ruleset';
export { senseOf } from './sense';
export { tokensOf, type RuleToken } from './tokens';
export { removalText, removeText, restoreText, sameRedirection, transitionText } from './transition';
export { unknownRedirects } from './unknown';
export { commentOf, targetOf, targetPorts, wordsOf, type Target, type Word } from './words';
