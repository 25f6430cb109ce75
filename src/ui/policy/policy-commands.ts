import * as vscode from 'vscode';
import { effectivePolicyText } from '../../core/policy';
import { COMMANDS } from '../commands/ids';
import { chosen, pickWorkload } from '../commands/pick';
import { CommandGroup } from '../commands/register';
import type { Documents } from '../documents';
import type { Failures } from '../failures';
import type { NodeRegistry } from '../nodes/node-registry';
import { WorkloadEntry } from '../nodes/workload-entry';
import { subjectOf, type Policies } from './policies';

const FOLDER = 'policy';

/** Show Effective Policy: a document that follows what it is made of. */
export class PolicyCommands extends CommandGroup {
  constructor(registry: NodeRegistry, policies: Policies, documents: Documents, failures: Failures) {
    const show = async (workload: WorkloadEntry, preview: boolean): Promise<void> => {
      const subject = subjectOf(workload);
      const path = [FOLDER, subject.node.label, `${subject.workload}.yaml`];
      const uri = await documents.write(path, async () =>
        effectivePolicyText(await policies.effective(subject), subject),
      );
      await vscode.window.showTextDocument(uri, { preview });
    };
    super(failures, {
      [COMMANDS.workloadShowPolicy]: async (element, selection) => {
        const workloads = await chosen(WorkloadEntry, selection, () =>
          pickWorkload(registry, element, {
            placeHolder: 'Workload whose policy to show',
            suitable: () => true,
            nothing:
              registry.connected.length === 0 ? 'Connect to a node first.' : 'The node has no workload.',
          }),
        );
        for (const workload of workloads) await show(workload, workloads.length === 1);
      },
    });
    this._register(
      policies.onDidChange(() => {
        void failures.guard(() => documents.refresh(FOLDER));
      }),
    );
  }
}
