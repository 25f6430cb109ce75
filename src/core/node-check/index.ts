export { isAtLeast } from './kernel';
export { nodeFindings, type Finding, type NodeFacts, type ObjectFacts } from './findings';
export { missingText, MISSING } from './missing';
export { MODE_NEEDS } from './needs';
export { nodeReport } from './report';
