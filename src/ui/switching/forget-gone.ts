import type * as vscode from 'vscode';
import type { CommandLog } from '../../nodes/node';
import { explain } from '../errors';
import { NodeEntry } from '../nodes/node-entry';
import type { NodeRegistry } from '../nodes/node-registry';
import type { SavedStates } from './saved-states';

/** What was kept of a workload goes with it: each time that a node's list is read. */
export function forgetGoneStates(
  registry: NodeRegistry,
  saved: SavedStates,
  log: CommandLog,
): vscode.Disposable {
  return registry.onDidChange((changed) => {
    if (!(changed instanceof NodeEntry) || changed.state.kind !== 'connected' || !changed.listed) return;
    const { bootId } = changed.state.connection.info;
    const present = new Set(changed.workloads.map(({ id }) => id));
    saved.forgetGone(changed.id, bootId, present).catch((error: unknown) => {
      const text = `Forgetting workloads that are gone: ${explain(error).message}`;
      log.message({ node: changed.id, level: 'warn', text });
    });
  });
}
