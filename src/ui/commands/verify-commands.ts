import * as vscode from 'vscode';
import type { Check } from '../../core/verify';
import type { Documents } from '../documents';
import type { Failures } from '../failures';
import type { NodeRegistry } from '../nodes/node-registry';
import type { WorkloadEntry } from '../nodes/workload-entry';
import { showPage } from '../page';
import { placeOf, placeText } from '../place';
import { cancellable } from '../progress';
import type { VerifyTests } from '../verify/tests';
import { mustBeChangeable } from '../read-only';
import { checkPage, checkSummary } from '../verify/words';
import { COMMANDS } from './ids';
import { pickWorkload } from './pick';
import { CommandGroup } from './register';

/** Verify: real connections that prove what becomes of a workload's traffic. */
export function verifyCommands(
  registry: NodeRegistry,
  tests: VerifyTests,
  documents: Documents,
  failures: Failures,
): CommandGroup {
  const tell = async (workload: WorkloadEntry, checks: readonly Check[]): Promise<void> => {
    const where = placeText(placeOf(workload));
    const showDetails = 'Show Details';
    const show = checks.some(({ outcome }) => outcome === 'failed')
      ? vscode.window.showErrorMessage
      : vscode.window.showInformationMessage;
    if ((await show(checkSummary(where, checks), showDetails)) !== showDetails) return;
    const path = ['verify', workload.node.node.label, workload.id, `Checks of ${workload.label}.md`];
    const page = checkPage(`Checks of ${where}`, checks);
    await showPage(await documents.write(path, () => Promise.resolve(page)));
  };
  return new CommandGroup(failures, {
    [COMMANDS.workloadVerify]: async (element) => {
      const workload = await pickWorkload(registry, element, {
        placeHolder: 'Workload to verify with real connections',
        suitable: ({ node, observation, switchingTo }) =>
          switchingTo === null && !node.readOnly && observation.kind === 'observed',
        nothing: registry.connected.length === 0 ? 'Connect to a node first.' : 'No workload is suitable.',
      });
      if (!workload) return;
      mustBeChangeable(workload.node);
      const title = `Verifying ${placeText(placeOf(workload))}`;
      const checks = await cancellable(title, (signal) => tests.run(workload, signal));
      // Not waited for: the notification stays until somebody closes it.
      void failures.guard(() => tell(workload, checks));
    },
  });
}
