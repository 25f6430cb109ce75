import * as vscode from 'vscode';
import { AgentFiles } from './nodes';
import { logCommands } from './ui/commands/log-commands';
import { connectNode, nodeCommands } from './ui/commands/node-commands';
import { workloadCommands } from './ui/commands/workload-commands';
import { ContextKeys } from './ui/context-keys';
import { Failures } from './ui/failures';
import { InspectorPanels } from './ui/inspector/panels';
import { Log } from './ui/log';
import { describeWith } from './ui/nodes/describe-node';
import { NodeRegistry } from './ui/nodes/node-registry';
import { observeWith } from './ui/nodes/observe';
import { SettingProblems } from './ui/nodes/setting-problems';
import { dialogPrompts } from './ui/prompts';
import { Settings } from './ui/settings';
import { StatusBar } from './ui/status/status-bar';
import { Switcher } from './ui/switching';
import { NodesTree } from './ui/tree/nodes-tree';

/** Composes the extension. Reads no transport and opens nothing: connecting does. */
export function activate(context: vscode.ExtensionContext): void {
  const own = <T extends vscode.Disposable>(part: T): T => {
    context.subscriptions.push(part);
    return part;
  };
  const log = own(new Log());
  const failures = new Failures(log);
  const settings = own(new Settings());
  const agents = new AgentFiles(vscode.Uri.joinPath(context.extensionUri, 'dist', 'agent').fsPath);
  const services = { prompts: dialogPrompts, log, observe: observeWith(settings) };
  const registry = own(new NodeRegistry(settings, describeWith(agents), services));
  const switcher = new Switcher(vscode.Uri.joinPath(context.extensionUri, 'dist', 'bpf').fsPath, settings);
  const inspectors = own(
    new InspectorPanels(context.extensionUri, registry, settings, log, {
      reconnect: (node) => failures.guard(() => connectNode(node)),
      switchMode: (workload, mode) => failures.guard(() => switcher.switch(workload, mode)),
    }),
  );
  own(new NodesTree(registry));
  own(new StatusBar(registry, inspectors));
  own(new ContextKeys(registry));
  own(new SettingProblems(settings));
  own(nodeCommands(registry, settings, failures));
  own(workloadCommands(registry, switcher, inspectors, failures));
  own(logCommands(log, failures));
}
