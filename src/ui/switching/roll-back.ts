import * as vscode from 'vscode';
import type { WorkloadEntry } from '../nodes/workload-entry';
import { placeLines, placeOf, placeText } from '../place';
import type { Saved } from './saved-states';
import { rollBackText } from './words';

/** Asks, in a dialog that says what it will do and where. */
export async function confirmRollBack(workload: WorkloadEntry, saved: Saved): Promise<boolean> {
  const place = placeOf(workload);
  const { observation } = workload;
  const now = observation.kind === 'observed' ? observation.verdict.kind : null;
  const rollBack = 'Roll Back';
  const answer = await vscode.window.showWarningMessage(
    `Roll back ${placeText(place)} to what redirected it before the last switch?`,
    { modal: true, detail: `${placeLines(place)}\n\n${rollBackText(saved, now)}` },
    rollBack,
  );
  return answer === rollBack;
}
