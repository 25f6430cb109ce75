import * as vscode from 'vscode';
import { Disposable } from '../dispose';
import type { InspectorPanels } from '../inspector/panels';
import type { NodeRegistry } from '../nodes/node-registry';
import type { WorkloadEntry } from '../nodes/workload-entry';
import { Changes } from '../tree/changes';
import { statusText, verdictCounts, type Seen } from './summary';

/** Milliseconds. Thousands of workloads may be observed within seconds, and each count goes through all of them. */
const PAUSE = 300;

/** The status bar item: what redirects the workload that is inspected; else how many nodes there are, and what is amiss. */
export class StatusBar extends Disposable {
  readonly #item = this._register(
    vscode.window.createStatusBarItem('meshRedirect.status', vscode.StatusBarAlignment.Left),
  );
  readonly #registry: NodeRegistry;
  readonly #inspectors: InspectorPanels;

  constructor(registry: NodeRegistry, inspectors: InspectorPanels) {
    super();
    this.#registry = registry;
    this.#inspectors = inspectors;
    this.#item.name = 'Mesh Redirect';
    this.#item.command = 'meshRedirect.nodes.focus';
    const changes = this._register(
      new Changes(PAUSE, () => {
        this.#update();
      }),
    );
    this._register(
      registry.onDidChange(() => {
        changes.add(undefined);
      }),
    );
    this._register(
      inspectors.onDidChangeActive(() => {
        this.#update();
      }),
    );
    this.#update();
  }

  #update(): void {
    const nodes = this.#registry.connected;
    if (nodes.length === 0) {
      this.#item.hide();
      return;
    }
    const inspected = this.#inspectors.inspected;
    const seen = nodes.map(({ node, workloads }) => ({
      label: node.label,
      workloads: workloads.map(seenOf),
    }));
    this.#item.text = statusText(seen, inspected ? seenOf(inspected) : null);
    this.#item.tooltip = tooltip(seen);
    this.#item.show();
  }
}

const seenOf = ({ label, observation, declared }: WorkloadEntry): Seen => ({
  label,
  verdict: observation.kind === 'observed' ? observation.verdict : null,
  declared,
});

function tooltip(nodes: readonly { label: string; workloads: readonly Seen[] }[]): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString('**Mesh Redirect**\n\n');
  for (const { label, workloads } of nodes) {
    markdown
      .appendMarkdown('- ')
      .appendText(`${label}: ${verdictCounts(workloads)}`)
      .appendMarkdown('\n');
  }
  return markdown;
}
