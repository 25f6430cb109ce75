import * as vscode from 'vscode';
import { effectivePolicyText } from '../../core/policy';
import { COMMANDS } from '../commands/ids';
import { pickWorkload } from '../commands/pick';
import { CommandGroup } from '../commands/register';
import type { Documents } from '../documents';
import type { Failures } from '../failures';
import type { NodeRegistry } from '../nodes/node-registry';
import { subjectOf, type Policies } from './policies';

const FOLDER = 'policy';

/** Show Effective Policy: a document that follows what it is made of. */
export class PolicyCommands extends CommandGroup {
  constructor(registry: NodeRegistry, policies: Policies, documents: Documents, failures: Failures) {
    super(failures, {
      [COMMANDS.workloadShowPolicy]: async (element) => {
        const workload = await pickWorkload(registry, element, {
          placeHolder: 'Workload whose policy to show',
          suitable: () => true,
          nothing: registry.connected.length === 0 ? 'Connect to a node first.' : 'The node has no workload.',
        });
        if (!workload) return;
        const subject = subjectOf(workload);
        const path = [FOLDER, subject.node.label, `${subject.workload}.yaml`];
        const uri = await documents.write(path, async () =>
          effectivePolicyText(await policies.effective(subject), subject),
        );
        await vscode.window.showTextDocument(uri, { preview: true });
      },
    });
    this._register(
      policies.onDidChange(() => {
        void failures.guard(() => documents.refresh(FOLDER));
      }),
    );
  }
}
