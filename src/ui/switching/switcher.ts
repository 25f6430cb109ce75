import * as vscode from 'vscode';
import type { Mode, SavedState } from '../../core/redirect';
import type { SwitchResult } from '../../redirect';
import { isCancellation } from '../errors';
import type { Failures } from '../failures';
import type { WorkloadEntry } from '../nodes/workload-entry';
import { placeOf, placeText } from '../place';
import type { Policies } from '../policy/policies';
import { cancellable } from '../progress';
import type { Settings } from '../settings';
import { modeName } from '../tree/verdict-look';
import { mustBeChangeable } from '../read-only';
import { FailedSwitch } from './failed-switch';
import { mayBeSwitched } from './guard';
import { holderName } from './holder';
import { confirmRollBack } from './roll-back';
import type { SavedStates } from './saved-states';
import { SwitchMemory } from './switch-memory';
import { rollBackOutcome, switchOutcome, switchTitle } from './words';

export interface SwitcherServices {
  /** The directory that holds the BPF object and its manifest. */
  objectsDirectory: string;
  policies: Policies;
  settings: Settings;
  saved: SavedStates;
  failures: Failures;
}

/** One switch, as it is carried out. */
interface Task {
  workload: WorkloadEntry;
  /** A mode; or what there was before, to come back to. */
  to: Mode | SavedState;
  title: string;
  memory: SwitchMemory;
}

/** Switches workloads and rolls them back, and says how it went. */
export class Switcher {
  readonly #services: SwitcherServices;

  constructor(services: SwitcherServices) {
    this.#services = services;
  }

  /** Rejects where the switch is refused or fails; what a person cancels is only told. */
  async switch(workload: WorkloadEntry, mode: Mode): Promise<void> {
    mustBeFree(workload);
    mustBeChangeable(workload.node);
    const where = placeText(placeOf(workload));
    const doing = mode === 'none' ? 'Remove Redirection' : `Switch to ${modeName(mode)}`;
    if (!(await mayBeSwitched(workload, doing))) return;
    const memory = new SwitchMemory(this.#services.saved, workload.key(), mode);
    const result = await this.#carryOut({ workload, to: mode, title: switchTitle(where, mode), memory });
    if (!result) return;
    const canRollBack = result.plan.steps.length > 0;
    void this.#tell(workload, switchOutcome(where, mode, result), canRollBack);
  }

  /** Brings a workload back to what redirected it before its last switch, after asking. Rejects as `switch` does. */
  async rollBack(workload: WorkloadEntry): Promise<void> {
    mustBeFree(workload);
    mustBeChangeable(workload.node);
    const key = workload.key();
    const saved = this.#services.saved.of(key);
    const where = placeText(placeOf(workload));
    if (!saved) {
      void vscode.window.showInformationMessage(`No switch of ${where} is remembered.`);
      return;
    }
    if (!(await confirmRollBack(workload, saved)) || !(await mayBeSwitched(workload, 'Roll Back'))) return;
    const { mode } = saved.state;
    const memory = new SwitchMemory(this.#services.saved, key, mode);
    const result = await this.#carryOut({
      workload,
      to: saved.state,
      title: `Rolling back ${where}`,
      memory,
    });
    if (!result) return;
    await this.#services.saved.forget(key);
    void this.#tell(workload, rollBackOutcome(where, mode, result), false);
  }

  /**
   * A switch of one among many: without a question, a progress or a word of its own. Resolves when it is confirmed; rejects
   * with FailedSwitch, or with an AbortError where the signal had it taken back.
   */
  async perform(
    workload: WorkloadEntry,
    to: Mode | SavedState,
    signal: AbortSignal,
    report: (message: string) => void,
  ): Promise<SwitchResult> {
    mustBeFree(workload);
    mustBeChangeable(workload.node);
    const mode = typeof to === 'string' ? to : to.mode;
    const memory = new SwitchMemory(this.#services.saved, workload.key(), mode);
    const task = { workload, to, title: '', memory };
    try {
      const result = await workload.switching(mode, () => this.#run(task, signal, report));
      await memory.kept();
      return result;
    } catch (error) {
      await this.#takenBack(memory, error);
      throw new FailedSwitch(placeText(placeOf(workload)), error);
    }
  }

  /** Brings one among many back to what redirected it before its last switch. Rejects as `perform` does. */
  async bringBack(workload: WorkloadEntry, report: (message: string) => void): Promise<void> {
    const key = workload.key();
    const saved = this.#services.saved.of(key);
    if (!saved) throw new Error(`What redirected ${workload.label} before is not remembered.`);
    await this.perform(workload, saved.state, new AbortController().signal, report);
    await this.#services.saved.forget(key);
  }

  async #tell(workload: WorkloadEntry, text: string, canRollBack: boolean): Promise<void> {
    const rollBack = 'Roll Back';
    const answer = await vscode.window.showInformationMessage(text, ...(canRollBack ? [rollBack] : []));
    if (answer === rollBack) await this.#services.failures.guard(() => this.rollBack(workload));
  }

  /** Null where the person cancelled it, and everything was taken back. */
  async #carryOut(task: Task): Promise<SwitchResult | null> {
    const { workload, to, title, memory } = task;
    const { SwitchError } = await import('../../redirect');
    try {
      const mode = typeof to === 'string' ? to : to.mode;
      const result = await workload.switching(mode, () =>
        cancellable(title, (signal, report) => this.#run(task, signal, report)),
      );
      // That it cannot be rolled back is told beside: the switch itself is done.
      await this.#services.failures.guard(() => memory.kept());
      return result;
    } catch (error) {
      if (isCancellation(error)) return null;
      const where = placeText(placeOf(workload));
      if (!(error instanceof SwitchError)) throw new FailedSwitch(where, error);
      const whole = await this.#takenBack(memory, error);
      if (!whole || error.kind !== 'aborted') throw new FailedSwitch(where, error);
      void vscode.window.showInformationMessage(`${where}: ${error.message}`);
      return null;
    }
  }

  /** Whether a switch that failed was taken back whole; what was kept for it is let go as far as it was. */
  async #takenBack(memory: SwitchMemory, error: unknown): Promise<boolean> {
    const { SwitchError } = await import('../../redirect');
    if (!(error instanceof SwitchError)) return false;
    const whole = error.undone === 'undone' || error.undone === 'nothing-to-undo';
    if (whole || error.undone === 'undo-failed') await memory.takenBack();
    return whole;
  }

  async #run(
    { workload, to, memory }: Task,
    signal: AbortSignal,
    report: (message: string) => void,
  ): Promise<SwitchResult> {
    const { objectsDirectory, policies, settings } = this.#services;
    const { switchWorkload } = await import('../../redirect');
    let armed = false;
    try {
      return await switchWorkload({
        // A keeper tells only the connection that handed it the switch.
        connection: workload.node.connection().current,
        reconnect: (signal) => workload.node.connectAnother(signal),
        workloadId: workload.id,
        policy: await policies.checked(workload),
        to,
        objectsDirectory,
        holder: holderName(),
        // Whoever typed the node's name has been asked (guard.ts).
        force: workload.workload.host,
        deadline: settings.switchDeadline(),
        drain: settings.switchDrainLimit(),
        signal,
        onStep: (title, number, count) => {
          report(armed ? `armed: ${title}` : `${number} of ${count}: ${title}`);
        },
        onArmed: ({ before }) => {
          armed = true;
          memory.armed(before);
        },
      });
    } finally {
      // However it ended, the tree and the inspector are to show what is there now. A failure is told by the row.
      await workload.observe().catch(() => null);
    }
  }
}

function mustBeFree({ label, switchingTo }: WorkloadEntry): void {
  if (switchingTo !== null) throw new Error(`${label} is being switched already.`);
}
