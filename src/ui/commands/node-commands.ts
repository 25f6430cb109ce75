import * as vscode from 'vscode';
import type { Failures } from '../failures';
import { NodeEntry } from '../nodes/node-entry';
import type { NodeRegistry } from '../nodes/node-registry';
import { nodeIdOf, type NodeSetting } from '../nodes/node-setting';
import { cancellable } from '../progress';
import type { Settings } from '../settings';
import { askForSshNode } from './add-ssh-node';
import { COMMANDS } from './ids';
import { chosen, pickNode } from './pick';
import { CommandGroup } from './register';

/** Connects with a progress notification that can cancel. */
export async function connectNode(entry: NodeEntry): Promise<void> {
  await cancellable(`Connecting to ${entry.node.label}`, (signal) => entry.connect(signal));
}

/** Adding, connecting, refreshing and removing nodes. */
export function nodeCommands(registry: NodeRegistry, settings: Settings, failures: Failures): CommandGroup {
  const addAndConnect = async (setting: NodeSetting) => {
    await settings.addNode(setting);
    const entry = registry.node(nodeIdOf(setting));
    if (entry) await connectNode(entry);
  };
  return new CommandGroup(failures, {
    [COMMANDS.nodeAdd]: async () => {
      const setting = await askForSshNode();
      if (setting) await addAndConnect(setting);
    },
    [COMMANDS.nodeUseLocal]: () => addAndConnect({ kind: 'local' }),
    [COMMANDS.nodeConnect]: async (element) => {
      const entry = await pickNode(registry, element, {
        placeHolder: 'Node to connect to',
        suitable: ({ state }) => state.kind === 'disconnected' || state.kind === 'failed',
        nothing: registry.nodes.length === 0 ? 'No node was added yet.' : 'Every node is connected.',
      });
      if (entry) await connectNode(entry);
    },
    [COMMANDS.nodeDisconnect]: async (element) => {
      const entry = await pickNode(registry, element, {
        placeHolder: 'Node to disconnect from',
        suitable: ({ state }) => state.kind !== 'disconnected' && state.kind !== 'failed',
        nothing: 'No node is connected.',
      });
      entry?.disconnect();
    },
    [COMMANDS.nodeRemove]: async (element) => {
      const entry = await pickNode(registry, element, {
        placeHolder: 'Node to take off the list',
        suitable: ({ node }) => node.kind !== 'kind',
        nothing: 'No node was added yet.',
      });
      if (entry) await settings.removeNode(entry.id);
    },
    [COMMANDS.nodeRefresh]: async (element, selection) => {
      const entries = await chosen(NodeEntry, selection, () =>
        pickNode(registry, element, {
          placeHolder: 'Node to read again',
          suitable: ({ state }) => state.kind === 'connected',
          nothing: 'No node is connected.',
        }),
      );
      const connected = entries.filter(({ state }) => state.kind === 'connected');
      if (connected.length === 0) return;
      const location = { viewId: 'meshRedirect.nodes' };
      await vscode.window.withProgress({ location }, async () => {
        await Promise.all(connected.map((entry) => failures.guard(() => entry.refresh())));
      });
    },
  });
}
