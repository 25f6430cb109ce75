import * as vscode from 'vscode';
import { enterWorkload } from '../../core/model';
import { quoteCommand } from '../../nodes/ssh/quote';
import { copyText } from '../clipboard';
import type { Failures } from '../failures';
import { NodeEntry } from '../nodes/node-entry';
import type { NodeRegistry } from '../nodes/node-registry';
import { WorkloadEntry } from '../nodes/workload-entry';
import type { RanCommand, RanCommands } from '../ran-commands';
import { commandText, openTerminal, terminalCommand } from '../terminal';
import { showList } from '../show-list';
import { COMMANDS } from './ids';
import { pickWorkload } from './pick';
import { CommandGroup } from './register';

/** Characters of a command that a list shows. */
const SHOWN = 120;

/** What is done by hand: a terminal in a workload, and the commands that the extension itself runs. */
export function terminalCommands(registry: NodeRegistry, ran: RanCommands, failures: Failures): CommandGroup {
  return new CommandGroup(failures, {
    [COMMANDS.workloadOpenTerminal]: async (element) => {
      const workload = await pickWorkload(registry, element, {
        placeHolder: 'Workload to open a terminal in',
        suitable: () => true,
        nothing: registry.connected.length === 0 ? 'Connect to a node first.' : 'No workload is there.',
      });
      if (workload) openTerminal(workload);
    },
    [COMMANDS.commandCopy]: async (element) => {
      if (element instanceof WorkloadEntry) copyText(commandText(terminalCommand(element)));
      else await copyOne(registry, ran, element instanceof NodeEntry ? element : null);
    },
  });
}

/** Copies one of the commands that were run, as it is typed on its node: of one node, or of all of them. */
async function copyOne(registry: NodeRegistry, ran: RanCommands, node: NodeEntry | null): Promise<void> {
  const nodes = node ? [node] : registry.connected;
  const items = [
    ...ran.of(node?.id).map((command) => ({ ...itemOf(registry, command), text: typed(registry, command) })),
    ...nodes.filter(({ state }) => state.kind === 'connected').map(signIn),
  ];
  if (items.length === 0) {
    void vscode.window.showInformationMessage('No command was run yet.');
    return;
  }
  const placeHolder = `Command to copy, as it is typed on ${node ? node.node.label : 'its node'}`;
  const picked = await showList(items, { placeHolder, matchOnDescription: true });
  if (picked) copyText(picked.text);
}

/** What leads to the node by hand. */
function signIn(node: NodeEntry): vscode.QuickPickItem & { text: string } {
  const text = commandText(node.connection().byHand(null));
  return { label: text, description: `opens a terminal on ${node.node.label}`, text };
}

function itemOf(registry: NodeRegistry, command: RanCommand): vscode.QuickPickItem {
  const line = typed(registry, command).replaceAll(/\s+/g, ' ');
  const where = registry.node(command.node)?.node.label ?? command.node;
  return { label: line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line, description: where };
}

/** The command with what leads into the workload that it was run in, as long as that is there. */
function typed(registry: NodeRegistry, { node, argv, netns }: RanCommand): string {
  const workload = registry.node(node)?.workloads.find((entry) => entry.workload.inode === netns)?.workload;
  return quoteCommand([...((workload && enterWorkload(workload)) ?? []), ...argv]);
}
