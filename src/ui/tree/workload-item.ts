import * as vscode from 'vscode';
import type { Pod, Workload } from '../../core/model';
import { ANNOTATION_PREFIX } from '../../core/policy';
import { COMMANDS } from '../commands/ids';
import type { Observation, WorkloadEntry } from '../nodes/workload-entry';
import { modeName, verdictLines, verdictLook, verdictText } from './verdict-look';

const SHOWN_PROCESSES = 8;

/**
 * A workload's row. `contextValue`: `workload.<verdict>`, `host.<verdict>` for the node's own namespace, or
 * `readonly.<verdict>` where nothing may be changed; behind it `.accelerated` where it is, and
 * `.saved` where its last switch can be rolled back.
 */
export function workloadItem(entry: WorkloadEntry, canRollBack: boolean): vscode.TreeItem {
  const item = new vscode.TreeItem(entry.label);
  const look = appearance(entry);
  item.id = `${entry.node.id}/${entry.id}`;
  item.description = look.text;
  item.iconPath = new vscode.ThemeIcon(
    look.icon,
    look.color === null ? undefined : new vscode.ThemeColor(look.color),
  );
  const kind = entry.observation.kind === 'observed' ? entry.observation.verdict.kind : 'unknown';
  if (entry.switchingTo) item.contextValue = 'switching';
  else if (entry.node.readOnly) item.contextValue = `readonly.${kind}`;
  else item.contextValue = `${entry.workload.host ? 'host' : 'workload'}.${kind}${marks(entry, canRollBack)}`;
  item.tooltip = tooltip(entry);
  item.accessibilityInformation = { label: `${entry.label}, redirection: ${look.text}` };
  item.command = { command: COMMANDS.workloadInspect, title: 'Inspect Rules', arguments: [entry] };
  return item;
}

function marks({ observation }: WorkloadEntry, canRollBack: boolean): string {
  const accelerated = observation.kind === 'observed' && observation.verdict.accelerated;
  return `${accelerated ? '.accelerated' : ''}${canRollBack ? '.saved' : ''}`;
}

function appearance(entry: WorkloadEntry): { icon: string; color: string | null; text: string } {
  if (entry.switchingTo !== null) {
    return { icon: 'loading~spin', color: null, text: `switching to ${modeName(entry.switchingTo)}…` };
  }
  const { observation } = entry;
  switch (observation.kind) {
    case 'unknown':
      return { icon: 'loading~spin', color: null, text: '' };
    case 'failed':
      return { icon: 'error', color: 'errorForeground', text: observation.failure.message };
    case 'observed':
      return {
        ...verdictLook(observation.verdict.kind),
        text: verdictText(observation.verdict, entry.declared),
      };
  }
}

function tooltip(entry: WorkloadEntry): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString();
  const heading = (text: string) => {
    markdown.appendMarkdown('\n\n**').appendText(text).appendMarkdown('**\n\n');
  };
  heading(entry.label);
  for (const line of observationLines(entry.observation)) {
    markdown.appendMarkdown('- ').appendText(line).appendMarkdown('\n');
  }
  const { workload, pod, observation } = entry;
  if (observation.kind === 'observed') {
    markdown.appendMarkdown('- ').appendText(observation.sidecar.text).appendMarkdown('\n');
  }
  if (pod !== null) {
    heading('Pod');
    for (const line of podLines(pod)) markdown.appendMarkdown('- ').appendText(line).appendMarkdown('\n');
  }
  heading('cgroup');
  markdown.appendText(
    workload.cgroup ?? 'none of its own: eBPF programs attach to the root and compare the namespace',
  );
  // On a node itself processes come and go all the time, and the first few say nothing of it.
  if (workload.host) return markdown;
  heading(`${workload.processCount} ${workload.processCount === 1 ? 'process' : 'processes'}`);
  for (const line of processLines(workload))
    markdown.appendMarkdown('- ').appendText(line).appendMarkdown('\n');
  return markdown;
}

function observationLines(observation: Observation): string[] {
  switch (observation.kind) {
    case 'unknown':
      return [];
    case 'failed':
      return [
        observation.failure.message,
        ...(observation.failure.remedy ? [observation.failure.remedy] : []),
      ];
    case 'observed':
      return verdictLines(observation.verdict);
  }
}

/** Its labels, and of its annotations those that say what is to be redirected. */
function podLines({ labels, annotations }: Pod): string[] {
  const own = Object.entries(annotations).filter(([key]) => key.startsWith(ANNOTATION_PREFIX));
  const lines = [...Object.entries(labels), ...own].map(([key, value]) => `${key}: ${value}`);
  return lines.length === 0 ? ['without labels'] : lines;
}

function processLines(workload: Workload): string[] {
  const shown = workload.processes.slice(0, SHOWN_PROCESSES);
  const lines = shown.map(({ pid, uid, comm }) => `${comm}, pid ${pid}, user ${uid}`);
  const rest = workload.processCount - shown.length;
  return rest > 0 ? [...lines, `and ${rest} more`] : lines;
}
