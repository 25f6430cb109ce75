import * as vscode from 'vscode';
import { HAZARDS } from '../../core/acceleration';
import type { WorkloadEntry } from '../nodes/workload-entry';
import { placeLines, placeOf } from '../place';

/** Whether a person wants it, knowing what it changes for the programs there. */
export async function confirmAcceleration(workload: WorkloadEntry): Promise<boolean> {
  const turnOn = 'Turn On Acceleration';
  const answer = await vscode.window.showWarningMessage(
    `Turn on acceleration for ${workload.label}?`,
    { modal: true, detail: `${placeLines(placeOf(workload))}\n\n${stakes()}` },
    turnOn,
  );
  return answer === turnOn;
}

/** What acceleration does, and what it cannot keep safe. */
function stakes(): string {
  return [
    'Messages between two sockets on this node skip TCP, once their connection has lasted for some packets. Whoever waits in recv(2) itself is left alone. No connection is lost, now or when you turn it off.',
    'What cannot be made safe:',
    ...HAZARDS.map((hazard) => `• ${hazard}`),
  ].join('\n\n');
}
