export { HAZARDS } from './hazards';
export { ACCELERATION_KERNEL, accelerationRefusals } from './refusals';
export { accelerationLines } from './words';
