import * as vscode from 'vscode';
import type { Mode } from '../../core/redirect';
import { COMMANDS } from '../commands/ids';
import { pickGroup } from '../commands/pick-group';
import { pickNode } from '../commands/pick';
import { CommandGroup } from '../commands/register';
import type { Failures } from '../failures';
import type { NodeRegistry } from '../nodes/node-registry';
import type { WorkloadEntry } from '../nodes/workload-entry';
import type { Settings } from '../settings';
import type { Switcher } from '../switching/switcher';
import { modeName, verdictLook } from '../tree/verdict-look';
import { showList } from '../show-list';
import type { Verify } from '../verify/verifier';
import { candidates } from './candidates';
import { driverOf } from './driver';
import { ShownRollOut } from './run-roll-out';
import { rollOutStakes, rollOutTitle } from './words';

export interface RollOutParts {
  extensionUri: vscode.Uri;
  registry: NodeRegistry;
  settings: Settings;
  switcher: Switcher;
  verify: Verify;
  failures: Failures;
}

const MODES: readonly Mode[] = ['ebpf', 'iptables', 'none'];

async function askMode(where: string): Promise<Mode | undefined> {
  const items = MODES.map((mode) => ({
    label: mode === 'none' ? 'No redirection' : modeName(mode),
    iconPath: new vscode.ThemeIcon(verdictLook(mode).icon),
    mode,
  }));
  const placeHolder = `What the workloads of ${where} are to be switched to`;
  return (await showList(items, { placeHolder }))?.mode;
}

/** Switch Node, Switch Cluster: many workloads, one first and then in batches, on a board. */
export function rollOutCommands(parts: RollOutParts): CommandGroup {
  const { registry, failures } = parts;
  return new CommandGroup(failures, {
    [COMMANDS.nodeSwitch]: async (element) => {
      const node = await pickNode(registry, element, {
        placeHolder: 'Node whose workloads to switch',
        suitable: ({ state, readOnly }) => state.kind === 'connected' && !readOnly,
        nothing: 'No node is connected.',
      });
      if (node) await rollOut(parts, node.node.label, node.workloads);
    },
    [COMMANDS.groupSwitch]: async (element) => {
      const group = await pickGroup(registry, element, 'Whose workloads to switch');
      if (!group) return;
      const workloads = group.nodes.flatMap(({ workloads }) => workloads);
      if (workloads.length > 0) await rollOut(parts, group.label, workloads);
      else void vscode.window.showInformationMessage(`No node of ${group.label} is connected.`);
    },
  });
}

/** Asks what is to be done, does it on a board, and says what came of it. */
async function rollOut(
  parts: RollOutParts,
  where: string,
  workloads: readonly WorkloadEntry[],
): Promise<void> {
  const { extensionUri, settings, switcher, verify, failures } = parts;
  const mode = await askMode(where);
  if (mode === undefined) return;
  const { targets, same, others } = candidates(workloads, mode);
  const title = rollOutTitle(where, mode, targets.length);
  const batch = settings.rollOutBatch();
  if (targets.length === 0) {
    const text = `There is no workload of ${where} to be switched. ${rollOutStakes(same, others, batch)}`;
    void vscode.window.showInformationMessage(text);
    return;
  }
  const [undoAll, undoFailed] = ['Undo All on Failure', 'Undo Only the Failed'];
  const detail = rollOutStakes(same, others, batch);
  const answer = await vscode.window.showWarningMessage(
    `${title}?`,
    { modal: true, detail },
    undoAll,
    undoFailed,
  );
  if (answer === undefined) return;
  const onFailure = answer === undoAll ? 'undo-all' : 'undo-failed';
  const { RollOut } = await import('../../redirect');
  const driver = driverOf(switcher, verify, mode);
  const shown = new ShownRollOut(
    extensionUri,
    title,
    failures,
    (onChange) => new RollOut(targets, driver, { batch, onFailure }, onChange),
  );
  await shown.run();
  void failures.guard(() => shown.tell());
}
