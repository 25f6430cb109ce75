export { checkPolicy } from './consistency';
export { mergePolicy } from './merge';
export { policyFromMeshConfig } from './mesh-config';
export { parsePolicy, parseSettings, policyFromSettings, type ParsedPolicy } from './parse';
export { DEFAULT_POLICY, type Policy, type Problem } from './policy';
export { PolicySettings } from './settings';
