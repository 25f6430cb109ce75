import * as vscode from 'vscode';
import { missingText } from '../../core/node-check';
import type { NodeEntry, NodeState } from '../nodes/node-entry';

/** A node's row. `contextValue`: `node.<state>.<kind>`, such as `node.connected.ssh`. */
export function nodeItem(entry: NodeEntry): vscode.TreeItem {
  const { state } = entry;
  const { Expanded, None } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(entry.node.label, hasRows(entry) ? Expanded : None);
  item.id = entry.id;
  item.description = description(state);
  item.iconPath = icon(state);
  item.contextValue = `node.${state.kind}.${entry.node.kind}`;
  item.tooltip = tooltip(entry);
  item.accessibilityInformation = { label: `${entry.node.label}, ${description(state)}` };
  return item;
}

/** Whether a node has rows below it: its workloads, or what to do about a failure. */
export function hasRows({ state, listed }: NodeEntry): boolean {
  return state.kind === 'connected' ? listed : state.kind === 'failed' && state.failure.remedy !== null;
}

function description(state: NodeState): string {
  switch (state.kind) {
    case 'disconnected':
      return state.reason === null ? 'not connected' : `disconnected: ${state.reason}`;
    case 'connecting':
      return 'connecting…';
    case 'connected':
      return `Linux ${state.connection.info.kernel}`;
    case 'failed':
      return state.failure.message;
  }
}

function icon(state: NodeState): vscode.ThemeIcon {
  switch (state.kind) {
    case 'disconnected':
      return state.reason === null
        ? new vscode.ThemeIcon('vm-outline')
        : new vscode.ThemeIcon('debug-disconnect', new vscode.ThemeColor('list.warningForeground'));
    case 'connecting':
      return new vscode.ThemeIcon('loading~spin');
    case 'connected':
      return new vscode.ThemeIcon('vm-active', new vscode.ThemeColor('charts.green'));
    case 'failed':
      return new vscode.ThemeIcon('error', new vscode.ThemeColor('errorForeground'));
  }
}

function tooltip({ node, state }: NodeEntry): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString();
  const paragraph = (text: string) => markdown.appendText(text).appendMarkdown('\n\n');
  markdown.appendMarkdown('**').appendText(node.label).appendMarkdown('**\n\n');
  switch (state.kind) {
    case 'disconnected':
      paragraph(state.reason === null ? 'Not connected.' : `Disconnected: ${state.reason}`);
      break;
    case 'connecting':
      paragraph('Connecting…');
      break;
    case 'failed':
      paragraph(state.failure.message);
      if (state.failure.remedy !== null) paragraph(state.failure.remedy);
      break;
    case 'connected': {
      const { info } = state.connection;
      paragraph(`${info.hostname}: Linux ${info.kernel}, ${info.arch}`);
      for (const { message, remedy } of info.missing.map(({ code, detail }) => missingText(code, detail))) {
        markdown.appendMarkdown('- ').appendText(`${message} ${remedy}`).appendMarkdown('\n');
      }
    }
  }
  return markdown;
}
