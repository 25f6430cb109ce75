import * as vscode from 'vscode';
import { DEFAULT_POLICY } from '../core/policy';
import type { Finding } from '../core/residue';
import type { RemovedResidue, ResidueRequest } from '../redirect';
import type { Documents } from './documents';
import type { NodeEntry } from './nodes/node-entry';
import type { Policies } from './policy/policies';
import { cancellable } from './progress';
import { detailLine, isOthers, removedText } from './residue-words';

/** Finds what serves nobody on a node, shows it, and removes what a person ticks. */
export class ResidueCleaner {
  readonly #policies: Policies;
  readonly #documents: Documents;

  constructor(policies: Policies, documents: Documents) {
    this.#policies = policies;
    this.#documents = documents;
  }

  /** Rejects with AgentError or NodeError. */
  async cleanUp(node: NodeEntry): Promise<void> {
    const { label } = node.node;
    const { findResidue } = await import('../redirect');
    const findings = await cancellable(`Looking for residue on ${label}`, (signal) =>
      findResidue(this.#request(node, signal)),
    );
    if (findings.length === 0) {
      void vscode.window.showInformationMessage(`Nothing on ${label} serves nobody: there is no residue.`);
      return;
    }
    await this.#preview(label, findings);
    const chosen = await pick(label, findings);
    if (!chosen || chosen.length === 0 || !(await confirmOthers(label, chosen))) return;
    const removed = await this.#remove(node, chosen);
    const text = removedText(label, removed, chosen.length);
    if (removed.some(({ outcome }) => outcome === 'failed' || outcome === 'changed')) {
      void vscode.window.showWarningMessage(text);
    } else void vscode.window.showInformationMessage(text);
  }

  /** Each workload is seen under its own policy: which ports its sidecar has tells what leads nowhere. */
  #request(node: NodeEntry, signal: AbortSignal): ResidueRequest {
    return {
      connection: node.connection(),
      policyOf: async ({ id }) => {
        const entry = node.workload(id);
        // One that came this very moment is not on the list yet.
        return entry ? await this.#policies.observed(entry) : DEFAULT_POLICY;
      },
      signal,
    };
  }

  async #preview(label: string, findings: readonly Finding[]): Promise<void> {
    const { residueText } = await import('../core/residue');
    const text = residueText(findings);
    const uri = await this.#documents.write(['residue', label, `Residue on ${label}`], () =>
      Promise.resolve(text),
    );
    const { Beside } = vscode.ViewColumn;
    await vscode.window.showTextDocument(uri, { viewColumn: Beside, preview: true, preserveFocus: true });
  }

  async #remove(node: NodeEntry, chosen: readonly Finding[]): Promise<readonly RemovedResidue[]> {
    const { removeResidue } = await import('../redirect');
    try {
      return await cancellable(`Cleaning up ${node.node.label}`, (signal) =>
        removeResidue(this.#request(node, signal), chosen),
      );
    } finally {
      await node.refreshQuietly();
    }
  }
}

async function pick(label: string, findings: readonly Finding[]): Promise<readonly Finding[] | undefined> {
  const items = findings.map((finding) => ({
    label: finding.title,
    description: isOthers(finding) ? `${finding.whose}’s, not ours` : '',
    detail: detailLine(finding),
    picked: finding.ticked,
    finding,
  }));
  const picked = await vscode.window.showQuickPick(items, {
    title: `Clean Up Residue: ${label}`,
    placeHolder: 'What is ticked is removed. The document beside shows each of them whole.',
    canPickMany: true,
    ignoreFocusOut: true,
    matchOnDetail: true,
  });
  return picked?.map(({ finding }) => finding);
}

/** What belongs to another mesh is asked about once more, by name. */
async function confirmOthers(label: string, chosen: readonly Finding[]): Promise<boolean> {
  const others = chosen.filter(isOthers);
  if (others.length === 0) return true;
  const remove = 'Remove';
  const answer = await vscode.window.showWarningMessage(
    `Remove what belongs to ${[...new Set(others.map(({ whose }) => whose))].join(', ')}?`,
    { modal: true, detail: [`Node: ${label}`, '', ...others.map(({ title }) => title)].join('\n') },
    remove,
  );
  return answer === remove;
}
