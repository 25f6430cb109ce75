import * as vscode from 'vscode';
import { accelerationLines } from '../../core/acceleration';
import type { Acceleration } from '../../core/model';
import type { WorkloadEntry } from '../nodes/workload-entry';
import { placeOf, placeText } from '../place';
import type { Policies } from '../policy/policies';
import { mustBeChangeable } from '../read-only';
import { confirmAcceleration } from './confirm';

export interface AcceleratorServices {
  /** The directory that holds the BPF objects and their manifest. */
  objectsDirectory: string;
  policies: Policies;
}

/** Turns acceleration of a workload on and off. */
export class Accelerator {
  readonly #services: AcceleratorServices;

  constructor(services: AcceleratorServices) {
    this.#services = services;
  }

  /** Asks first, with all that cannot be made safe. Rejects where it is refused or fails. */
  async turnOn(workload: WorkloadEntry): Promise<void> {
    mustBeChangeable(workload.node);
    const { objectsDirectory, policies } = this.#services;
    const request = {
      connection: workload.node.connection(),
      workloadId: workload.id,
      policy: await policies.checked(workload),
      objectsDirectory,
    };
    const { mayAccelerate, turnOnAcceleration } = await import('../../redirect');
    await mayAccelerate(request);
    if (!(await confirmAcceleration(workload))) return;
    await this.#changing(workload, () => turnOnAcceleration(request));
    void vscode.window.showInformationMessage(
      `${placeText(placeOf(workload))} is accelerated: messages to an end on the same node skip TCP.`,
    );
  }

  /** Says what it has done until now. Rejects where it fails. */
  async turnOff(workload: WorkloadEntry): Promise<void> {
    mustBeChangeable(workload.node);
    const { agent } = workload.node.connection();
    const { turnOffAcceleration } = await import('../../redirect');
    const before = await workload.observe();
    await this.#changing(workload, () => turnOffAcceleration(agent, workload.id));
    void vscode.window.showInformationMessage(
      `${placeText(placeOf(workload))} is accelerated no more.${summary(before?.acceleration ?? null)}`,
    );
  }

  async #changing(workload: WorkloadEntry, change: () => Promise<void>): Promise<void> {
    try {
      await change();
    } finally {
      // However it ended, the tree and the inspector are to show what is there now. A failure is told by the row.
      await workload.observe().catch(() => null);
    }
  }
}

function summary(acceleration: Acceleration | null): string {
  const [first] = acceleration ? accelerationLines(acceleration) : [];
  return first === undefined ? '' : ` ${first}`;
}
