import type { Mode } from '../../core/redirect';
import type { RollOutDriver } from '../../redirect';
import type { WorkloadEntry } from '../nodes/workload-entry';
import { placeOf, placeText } from '../place';
import type { Switcher } from '../switching/switcher';
import type { Verify } from '../verify/verifier';
import { checkSummary } from '../verify/words';

/** A roll-out's single steps, each of them what a person does with one workload. */
export function driverOf(switcher: Switcher, verify: Verify, mode: Mode): RollOutDriver<WorkloadEntry> {
  /** Who has something to come back to: what was so already has only what was kept of an earlier switch. */
  const changed = new Set<WorkloadEntry>();
  return {
    switch: async (workload, signal, report) => {
      const { plan } = await switcher.perform(workload, mode, signal, report);
      if (plan.steps.length === 0) return 'It was so already.';
      changed.add(workload);
      return 'Switched.';
    },
    verify: async (workload, signal) => {
      const checks = await verify(workload, { signal });
      const summary = checkSummary(placeText(placeOf(workload)), checks);
      if (checks.some(({ outcome }) => outcome === 'failed')) throw new Error(summary);
      return checks.length === 0 ? 'Nothing is redirected.' : summary;
    },
    undo: async (workload, report) => {
      if (!changed.delete(workload)) return 'Nothing was changed.';
      await switcher.bringBack(workload, report);
      return 'It is as it was before.';
    },
  };
}
