import * as vscode from 'vscode';
import type { Failures } from '../failures';
import { exportSnapshot } from '../inspector/export';
import type { InspectorPanels } from '../inspector/panels';
import type { NodeRegistry } from '../nodes/node-registry';
import type { WorkloadEntry } from '../nodes/workload-entry';
import { COMMANDS } from './ids';
import { pickWorkload } from './pick';
import { CommandGroup } from './register';

/** Writes a workload to a file that is asked for, and offers to open it. */
export async function exportAndOffer(workload: WorkloadEntry, inspectors: InspectorPanels): Promise<void> {
  const file = await exportSnapshot(workload);
  if (!file) return;
  const open = 'Open';
  const answer = await vscode.window.showInformationMessage(
    `The snapshot of ${workload.label} was written. It opens in the inspector without the node.`,
    open,
  );
  if (answer === open) await inspectors.openFile(file);
}

/** Export Snapshot, Open Snapshot. */
export function snapshotCommands(
  registry: NodeRegistry,
  inspectors: InspectorPanels,
  failures: Failures,
): CommandGroup {
  return new CommandGroup(failures, {
    [COMMANDS.workloadExport]: async (element) => {
      const workload = await pickWorkload(registry, element, {
        placeHolder: 'Workload to export a snapshot of',
        suitable: () => true,
        nothing: registry.connected.length === 0 ? 'Connect to a node first.' : 'The node has no workload.',
      });
      if (workload) await exportAndOffer(workload, inspectors);
    },
    [COMMANDS.snapshotOpen]: async (element) => {
      const files =
        element instanceof vscode.Uri
          ? [element]
          : await vscode.window.showOpenDialog({
              title: 'Open a snapshot',
              filters: { 'Snapshots of Mesh Redirect': ['json'] },
            });
      if (files?.[0]) await inspectors.openFile(files[0]);
    },
  });
}
