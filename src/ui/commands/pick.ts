import * as vscode from 'vscode';
import type { Verdict } from '../../core/redirect';
import { NodeEntry, type NodeState } from '../nodes/node-entry';
import type { NodeRegistry } from '../nodes/node-registry';
import { WorkloadEntry } from '../nodes/workload-entry';
import { verdictLook, verdictText } from '../tree/verdict-look';
import { showList } from '../show-list';

interface Question<T> {
  placeHolder: string;
  suitable: (entry: T) => boolean;
  /** Said when there is nothing to choose from. */
  nothing: string;
}

const STATES: Readonly<Record<NodeState['kind'], string>> = {
  disconnected: 'not connected',
  waiting: 'waits to be connected to',
  connecting: 'connecting…',
  connected: 'connected',
  failed: 'failed',
};

/** The node of the row that the command was called on; from the palette, one that the person picks. */
export async function pickNode(
  registry: NodeRegistry,
  element: unknown,
  question: Question<NodeEntry>,
): Promise<NodeEntry | undefined> {
  if (element instanceof NodeEntry) return element;
  const items = registry.nodes.filter(question.suitable).map((entry) => ({
    label: entry.node.label,
    description: STATES[entry.state.kind],
    entry,
  }));
  return await pick(items, question);
}

/** What the command was called on: all rows of its kind that are selected, else the one that `pick` gives. */
export async function chosen<T extends NodeEntry | WorkloadEntry>(
  type: abstract new (...args: never[]) => T,
  selection: unknown,
  pick: () => Promise<T | undefined>,
): Promise<readonly T[]> {
  const rows = Array.isArray(selection) ? selection.filter((row): row is T => row instanceof type) : [];
  if (rows.length > 1) return rows;
  const picked = await pick();
  return picked ? [picked] : [];
}

/** The workload of the row that the command was called on; from the palette, one that the person picks. */
export async function pickWorkload(
  registry: NodeRegistry,
  element: unknown,
  question: Question<WorkloadEntry>,
): Promise<WorkloadEntry | undefined> {
  if (element instanceof WorkloadEntry) return element;
  const suitable = registry.workloads.filter(question.suitable);
  const severalNodes = registry.connected.length > 1;
  const items = [...suitable.filter(isRedirected), ...suitable.filter((entry) => !isRedirected(entry))].map(
    (entry) => {
      const verdict = verdictOf(entry);
      return {
        label: entry.label,
        description: verdict ? verdictText(verdict, entry.declared) : '',
        ...(severalNodes ? { detail: entry.node.node.label } : {}),
        iconPath: new vscode.ThemeIcon(verdict ? verdictLook(verdict.kind).icon : 'server-process'),
        entry,
      };
    },
  );
  return await pick(items, question);
}

const verdictOf = ({ observation }: WorkloadEntry): Verdict | null =>
  observation.kind === 'observed' ? observation.verdict : null;

/** Those are what most commands are about: they come first. */
const isRedirected = (entry: WorkloadEntry): boolean => (verdictOf(entry)?.kind ?? 'none') !== 'none';

async function pick<T>(
  items: (vscode.QuickPickItem & { entry: T })[],
  { placeHolder, nothing }: Question<T>,
): Promise<T | undefined> {
  if (items.length === 0) {
    void vscode.window.showInformationMessage(nothing);
    return undefined;
  }
  const picked = await showList(items, {
    placeHolder,
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return picked?.entry;
}
