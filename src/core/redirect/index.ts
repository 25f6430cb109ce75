export type { Mode, VerdictKind } from './verdict';
