export type { Finding, Removal } from './finding';
export { nodeFindings } from './node';
export { residueOf, workloadFindings } from './residue';
export { residueText } from './text';
export type { ObservedWorkload } from './workload';
