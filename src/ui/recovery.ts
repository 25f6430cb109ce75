import * as vscode from 'vscode';
import type { Recovered } from '../core/model';
import type { Agent } from '../nodes/agent/agent';
import { explain } from './errors';
import type { Log } from './log';
import type { NodeEntry } from './nodes/node-entry';
import { recoveredTexts } from './recovered-text';

/**
 * Ends what was cut off on a node, before it is looked at. Gives what tells the person of it, for when the workloads
 * have names. Never rejects: a node that cannot be put right can still be looked at.
 */
export type Recover = (node: NodeEntry, agent: Agent) => Promise<() => void>;

/** Recovers, and says what was taken back and for whom. */
export function recoverWith(log: Log): Recover {
  return async (node, agent) => {
    const recovered = await recover(node, agent, log);
    return () => {
      tell(node, recovered, log);
    };
  };
}

async function recover({ id }: NodeEntry, agent: Agent, log: Log): Promise<readonly Recovered[]> {
  const { recoverNode } = await import('../redirect');
  try {
    return await recoverNode(agent);
  } catch (error) {
    const text = `Looking for switches that were cut off: ${explain(error).message}`;
    log.message({ node: id, level: 'warn', text });
    return [];
  }
}

function tell(node: NodeEntry, recovered: readonly Recovered[], log: Log): void {
  const labelOf = (id: string): string => node.workload(id)?.label ?? `a workload that is gone (${id})`;
  const { done, undone, failed } = recoveredTexts(node.node.label, recovered, labelOf);
  for (const text of [...done, ...undone]) log.message({ node: node.id, level: 'info', text });
  for (const text of failed) log.message({ node: node.id, level: 'error', text });
  const showLog = 'Show Log';
  const show = (answer: string | undefined): void => {
    if (answer === showLog) log.show();
  };
  if (undone.length > 0) void vscode.window.showInformationMessage(undone.join(' '), showLog).then(show);
  if (failed.length > 0) void vscode.window.showWarningMessage(failed.join(' '), showLog).then(show);
}
