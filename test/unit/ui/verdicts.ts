import type { Verdict, VerdictKind } from '../../../src/core/redirect';

/** A verdict of a kind, with nothing else to say. */
export const verdict = (kind: VerdictKind): Verdict => ({
  ...{ kind, evidence: [], missing: [], differences: [], uncertain: [], foreign: null, draining: false },
  ...{ accelerated: false, rules: [], hooks: new Map() },
});
