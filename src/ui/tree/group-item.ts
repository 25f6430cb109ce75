import * as vscode from 'vscode';
import type { NodeGroup } from './groups';

/** A group's row. `contextValue`: `cluster` or `group`. */
export function groupItem({ id, label, cluster, nodes }: NodeGroup): vscode.TreeItem {
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.Expanded);
  const connected = nodes.filter(({ state }) => state.kind === 'connected').length;
  const count = `${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'}`;
  item.id = id;
  item.description = connected === 0 ? count : `${count}, ${connected} connected`;
  item.contextValue = cluster === null ? 'group' : 'cluster';
  item.iconPath = new vscode.ThemeIcon(cluster === null ? 'server-environment' : 'type-hierarchy');
  item.tooltip = cluster === null ? label : `The kind cluster ${cluster}: ${count}`;
  item.accessibilityInformation = { label: `${label}, ${item.description}` };
  return item;
}
