export { matchPods } from './match';
export type { Sandbox } from './sandbox';
export { findSidecar, type SidecarSighting } from './sidecar';
