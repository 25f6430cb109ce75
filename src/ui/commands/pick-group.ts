import * as vscode from 'vscode';
import type { NodeRegistry } from '../nodes/node-registry';
import { NodeGroup, NodeGroups } from '../tree/groups';
import { showList } from '../show-list';

/** The group of the row that the command was called on; from the palette, one that the person picks, or the only one. */
export async function pickGroup(
  registry: NodeRegistry,
  element: unknown,
  placeHolder: string,
): Promise<NodeGroup | undefined> {
  if (element instanceof NodeGroup) return element;
  const groups = new NodeGroups().all(registry.nodes);
  if (groups.length < 2) {
    if (groups.length === 0) void vscode.window.showInformationMessage('There is no node yet.');
    return groups[0];
  }
  const items = groups.map((group) => {
    const { label, nodes } = group;
    return { label, description: `${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'}`, group };
  });
  return (await showList(items, { placeHolder }))?.group;
}
