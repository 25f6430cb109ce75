import * as vscode from 'vscode';
import { structureLines } from '../../core/history';
import { modesText } from '../../core/redirect';
import type { Documents } from '../documents';
import type { NodeRegistry } from '../nodes/node-registry';
import type { WorkloadEntry } from '../nodes/workload-entry';
import type { Policies } from '../policy/policies';
import { modeName } from '../tree/verdict-look';
import { showList } from '../show-list';
import type { History } from './history';

const timeOf = (taken: number): string => new Date(taken).toLocaleTimeString();

/** Opens the diff editor on two moments, two workloads, or the two modes. */
export class Comparer {
  readonly #history: History;
  readonly #documents: Documents;
  readonly #registry: NodeRegistry;
  readonly #policies: Policies;

  constructor(history: History, documents: Documents, registry: NodeRegistry, policies: Policies) {
    this.#history = history;
    this.#documents = documents;
    this.#registry = registry;
    this.#policies = policies;
  }

  /** Two moments of one workload, by their ids. Rejects where one of them is forgotten. */
  async moments(workload: WorkloadEntry, from: number, to: number): Promise<void> {
    const views = this.#history.of(workload);
    const side = (id: number): { title: string; text: string } => {
      const text = this.#history.text(workload, id);
      const view = views.find((one) => one.id === id);
      if (text === null || !view)
        throw new RangeError('That moment is longer ago than an hour, and forgotten.');
      return { title: timeOf(view.taken), text };
    };
    await this.#diff(workload, side(from), side(to));
  }

  /** This workload as it is now beside another one, which is picked. */
  async withOther(workload: WorkloadEntry): Promise<void> {
    const others = this.#registry.connected
      .flatMap((node) => [...node.workloads])
      .filter((one) => one !== workload)
      .map((one) => ({ label: one.label, description: one.node.node.label, workload: one }));
    const picked = await showList(others, {
      placeHolder: `Workload to compare ${workload.label} with`,
    });
    if (!picked) return;
    const now = async (one: WorkloadEntry): Promise<{ title: string; text: string }> => {
      const snapshot = await one.observe();
      const text = snapshot ? `${structureLines(snapshot).join('\n')}\n` : '';
      return { title: `${one.node.node.label} ${one.label}`, text };
    };
    const [left, right] = await Promise.all([now(workload), now(picked.workload)]);
    await this.#diff(workload, left, right);
  }

  /** What its policy means for this workload in one mode beside the other. Nothing is changed. */
  async modes(workload: WorkloadEntry): Promise<void> {
    const { info } = workload.node.connection();
    const [policy, snapshot] = await Promise.all([this.#policies.checked(workload), workload.observe()]);
    if (!snapshot) return;
    const texts = modesText(snapshot, info, policy);
    const side = (mode: 'iptables' | 'ebpf'): { title: string; text: string } => ({
      title: `${modeName(mode)} mode`,
      text: texts[mode],
    });
    await this.#diff(workload, side('iptables'), side('ebpf'));
  }

  async #diff(
    workload: WorkloadEntry,
    left: { title: string; text: string },
    right: { title: string; text: string },
  ): Promise<void> {
    const folder = ['compare', workload.node.node.label, workload.id];
    const write = (side: string, { title, text }: typeof left): Promise<vscode.Uri> =>
      this.#documents.write([...folder, side, `${title}.rules`], () => Promise.resolve(text));
    const [before, after] = await Promise.all([write('left', left), write('right', right)]);
    const title = `${workload.label}: ${left.title} ↔ ${right.title}`;
    await vscode.commands.executeCommand('vscode.diff', before, after, title, { preview: true });
  }
}
