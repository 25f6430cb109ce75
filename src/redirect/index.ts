export {
  mayAccelerate,
  turnOffAcceleration,
  turnOnAcceleration,
  type AccelerationRequest,
} from './accelerate';
export type { OnStep } from './apply';
export { checkNode } from './check-node';
export { finishDrain, type DrainRequest } from './drain';
export { ObjectError, SwitchError, SwitchRefused, VerifyError, type Undone } from './errors';
export { describeObject, loadObject } from './objects';
export { observe, readPolicyMaps } from './observe';
export { recoverNode } from './recover';
export {
  preparePlan,
  switchWorkload,
  type PlanRequest,
  type SwitchRequest,
  type SwitchResult,
} from './switch';
export { listChecks, verifyWorkload, type VerifyRequest } from './verify';
export { removeResidue, type RemovedResidue } from './remove-residue';
export { findResidue, type ResidueRequest } from './residue';
export { RollOut, type RollOutDriver, type RollOutState, type RollOutTerms, type Stage } from './roll-out';
