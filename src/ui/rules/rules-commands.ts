import * as vscode from 'vscode';
import { COMMANDS } from '../commands/ids';
import { chosen, pickWorkload } from '../commands/pick';
import { CommandGroup } from '../commands/register';
import type { Documents } from '../documents';
import type { Failures } from '../failures';
import type { NodeRegistry } from '../nodes/node-registry';
import { WorkloadEntry } from '../nodes/workload-entry';
import { rulesText } from './rules-text';

/**
 * Opens the rules of a workload as a read-only document, as they are now. Rejects as looking at a workload does.
 * @param preview false: the tab stays when the next one is opened
 */
export async function showRules(
  workload: WorkloadEntry,
  documents: Documents,
  preview = true,
): Promise<void> {
  const path = ['rules', workload.node.node.label, `${workload.label}.rules`];
  const uri = await documents.write(path, async () => rulesText((await workload.observe())?.rulesets ?? []));
  await vscode.window.showTextDocument(uri, { preview });
}

/** Show Rules as Text. */
export function rulesCommands(
  registry: NodeRegistry,
  documents: Documents,
  failures: Failures,
): CommandGroup {
  return new CommandGroup(failures, {
    [COMMANDS.workloadShowRules]: async (element, selection) => {
      const workloads = await chosen(WorkloadEntry, selection, () =>
        pickWorkload(registry, element, {
          placeHolder: 'Workload whose rules to show',
          suitable: () => true,
          nothing: registry.connected.length === 0 ? 'Connect to a node first.' : 'The node has no workload.',
        }),
      );
      for (const workload of workloads) await showRules(workload, documents, workloads.length === 1);
    },
  });
}
