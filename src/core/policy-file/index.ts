/** Policy files. Brings the YAML parser with it: import it where such a file is really read. */
export { explanationAt, suggestionsAt, type Suggestion } from './assist';
export type { Range } from './place';
export { meshConfigProblems, readPolicyFile, type PlacedProblem, type PolicyFile } from './read';
export { documentSchema, policyFileSchema, policySchema, type Schema } from './schema';
