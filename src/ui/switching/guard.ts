import * as vscode from 'vscode';
import type { WorkloadEntry } from '../nodes/workload-entry';
import { hostStakes } from './words';

/**
 * Whether a workload may be switched: of the node's own namespace, which every pod on the host network shares, only after
 * the person has typed the node's name. Others are not asked about.
 * @param doing what is to be done, for the title: `Switch to eBPF`
 */
export async function mayBeSwitched({ node, workload }: WorkloadEntry, doing: string): Promise<boolean> {
  if (!workload.host) return true;
  const name = node.node.label;
  const typed = await vscode.window.showInputBox({
    title: `${doing}: the node ${name} itself`,
    prompt: hostStakes(name, workload.controlPort),
    placeHolder: name,
    ignoreFocusOut: true,
    validateInput: (value) =>
      value === '' || value === name ? undefined : `Type "${name}" to go on, or press Escape.`,
  });
  return typed === name;
}
