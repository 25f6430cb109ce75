import type * as vscode from 'vscode';
import type { NodeRegistry } from '../nodes/node-registry';
import type { Policies } from './policies';

/** A verdict says what differs from the policy: with another policy it is another verdict. */
export function observeUnderNewPolicy(policies: Policies, registry: NodeRegistry): vscode.Disposable {
  return policies.onDidChange(() => {
    for (const node of registry.connected) void node.refreshQuietly();
  });
}
