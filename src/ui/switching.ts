import * as vscode from 'vscode';
import type { Mode } from '../core/redirect';
import type { SwitchResult } from '../redirect';
import type { WorkloadEntry } from './nodes/workload-entry';
import type { Policies } from './policy/policies';
import { cancellable, type Report } from './progress';
import { modeName } from './tree/verdict-look';

/** Milliseconds that a switch waits for older connections. Those that last longer are `Drains`' care. */
const DRAIN_LIMIT = 1000;

/** Switches workloads, and says how it went. */
export class Switcher {
  readonly #objectsDirectory: string;
  readonly #policies: Policies;

  /** `objectsDirectory` holds the BPF object and its manifest. */
  constructor(objectsDirectory: string, policies: Policies) {
    this.#objectsDirectory = objectsDirectory;
    this.#policies = policies;
  }

  /** Rejects where the switch is refused or fails; what a person cancels is only told. */
  async switch(workload: WorkloadEntry, mode: Mode): Promise<void> {
    if (workload.switchingTo !== null) throw new Error(`${workload.label} is being switched already.`);
    const { SwitchError } = await import('../redirect');
    try {
      const result = await workload.switching(mode, () =>
        cancellable(titleOf(workload, mode), (signal, report) => this.#run(workload, mode, signal, report)),
      );
      void vscode.window.showInformationMessage(outcomeOf(workload, mode, result));
    } catch (error) {
      if (!(error instanceof SwitchError) || error.kind !== 'aborted' || error.undone === 'undo-failed')
        throw error;
      void vscode.window.showInformationMessage(error.message);
    }
  }

  async #run(
    workload: WorkloadEntry,
    mode: Mode,
    signal: AbortSignal,
    report: Report,
  ): Promise<SwitchResult> {
    const { switchWorkload } = await import('../redirect');
    try {
      return await switchWorkload({
        connection: workload.node.connection(),
        workloadId: workload.id,
        policy: await this.#policies.checked(workload),
        mode,
        objectsDirectory: this.#objectsDirectory,
        signal,
        drainLimit: DRAIN_LIMIT,
        onStep: (title, number, count) => {
          report(`${number} of ${count}: ${title}`);
        },
        onWaiting: (remaining) => {
          report(`waiting for ${connections(remaining)} to end`);
        },
      });
    } finally {
      // However it ended, the tree and the inspector are to show what is there now. A failure is told by the row.
      await workload.observe().catch(() => null);
    }
  }
}

const connections = (count: number): string => `${count} older connection${count === 1 ? '' : 's'}`;

function titleOf({ label }: WorkloadEntry, mode: Mode): string {
  return mode === 'none' ? `Removing the redirection of ${label}` : `Switching ${label} to ${modeName(mode)}`;
}

function outcomeOf({ label }: WorkloadEntry, mode: Mode, { plan, remaining }: SwitchResult): string {
  const changed = plan.steps.length > 0;
  const done =
    mode === 'none'
      ? `The traffic of ${label} is ${changed ? 'no longer' : 'not'} redirected.`
      : `The traffic of ${label} is ${changed ? 'now' : 'already'} redirected by ${modeName(mode)}.`;
  const older = remaining === 0 ? [] : [`${connections(remaining)} keep their way until they close.`];
  return [done, ...older, ...plan.notices].join(' ');
}
