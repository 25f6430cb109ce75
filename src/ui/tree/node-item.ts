import * as vscode from 'vscode';
import { missingText } from '../../core/node-check';
import type { NodeEntry } from '../nodes/node-entry';

/** How a node's row is shown among others. */
export interface NodeRow {
  /** Whether it is open as long as nobody closes it. */
  open: boolean;
  /** How many of its workloads a filter lets be seen; null without one. */
  shown: number | null;
}

/** A node's row. `contextValue`: `node.<state>.<kind>`, such as `node.connected.ssh`; `.readonly` behind it where nothing may be changed. */
export function nodeItem(entry: NodeEntry, { open, shown }: NodeRow): vscode.TreeItem {
  const { state } = entry;
  const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(entry.node.label, hasRows(entry) ? (open ? Expanded : Collapsed) : None);
  item.id = entry.id;
  const text = description(entry);
  item.description =
    shown === null || !entry.listed ? text : `${text}, ${shown} of ${entry.workloads.length}`;
  item.iconPath = icon(entry);
  item.contextValue = `node.${state.kind}.${entry.node.kind}${entry.readOnly ? '.readonly' : ''}`;
  item.tooltip = tooltip(entry);
  item.accessibilityInformation = { label: `${entry.node.label}, ${description(entry)}` };
  return item;
}

/** Whether a node has rows below it: its workloads, or what to do about a failure. */
export function hasRows({ state, listed }: NodeEntry): boolean {
  return state.kind === 'connected' ? listed : state.kind === 'failed' && state.failure.remedy !== null;
}

function description({ state, interruption }: NodeEntry): string {
  switch (state.kind) {
    case 'disconnected':
      return state.reason === null ? 'not connected' : `disconnected: ${state.reason}`;
    case 'waiting':
      return 'waits to be connected to…';
    case 'connecting':
      return 'connecting…';
    case 'connected':
      if (interruption !== null) return 'connection lost, connecting again…';
      return `Linux ${state.connection.info.kernel}${state.connection.readOnly ? ', read-only' : ''}`;
    case 'failed':
      return state.failure.message;
  }
}

function icon({ state, interruption }: NodeEntry): vscode.ThemeIcon {
  switch (state.kind) {
    case 'disconnected':
      return state.reason === null
        ? new vscode.ThemeIcon('vm-outline')
        : new vscode.ThemeIcon('debug-disconnect', new vscode.ThemeColor('list.warningForeground'));
    case 'waiting':
      return new vscode.ThemeIcon('watch');
    case 'connecting':
      return new vscode.ThemeIcon('loading~spin');
    case 'connected':
      if (interruption !== null) return new vscode.ThemeIcon('loading~spin');
      return new vscode.ThemeIcon('vm-active', new vscode.ThemeColor('charts.green'));
    case 'failed':
      return new vscode.ThemeIcon('error', new vscode.ThemeColor('errorForeground'));
  }
}

function tooltip({ node, state, interruption }: NodeEntry): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString();
  const paragraph = (text: string) => markdown.appendText(text).appendMarkdown('\n\n');
  markdown.appendMarkdown('**').appendText(node.label).appendMarkdown('**\n\n');
  switch (state.kind) {
    case 'disconnected':
      paragraph(state.reason === null ? 'Not connected.' : `Disconnected: ${state.reason}`);
      break;
    case 'waiting':
      paragraph('Others are being connected to; this one is next, or after some more.');
      break;
    case 'connecting':
      paragraph('Connecting…');
      break;
    case 'failed':
      paragraph(state.failure.message);
      if (state.failure.remedy !== null) paragraph(state.failure.remedy);
      break;
    case 'connected': {
      const { info, readOnly } = state.connection;
      if (interruption !== null) paragraph(`Connecting again by itself: ${interruption}.`);
      if (readOnly) paragraph('Read-only: nothing is changed on this node.');
      paragraph(`${info.hostname}: Linux ${info.kernel}, ${info.arch}`);
      for (const { message, remedy } of info.missing.map(({ code, detail }) => missingText(code, detail))) {
        markdown.appendMarkdown('- ').appendText(`${message} ${remedy}`).appendMarkdown('\n');
      }
    }
  }
  return markdown;
}
