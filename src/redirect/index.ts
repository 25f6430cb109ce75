export { applyPlan, type ApplyOptions, type OnStep } from './apply';
export { checkNode } from './check-node';
export { closePlan, olderConnections, type CloseOptions } from './close';
export { finishDrain, type DrainRequest } from './drain';
export { ObjectError, SwitchError, SwitchRefused, VerifyError, type Undone } from './errors';
export { describeObject, loadObject } from './objects';
export { observe, readPolicyMaps } from './observe';
export { preparePlan, switchWorkload, type SwitchRequest, type SwitchResult } from './switch';
export { listChecks, verifyWorkload, type VerifyRequest } from './verify';
