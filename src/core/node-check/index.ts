export { missingText, MISSING } from './missing';
