import * as vscode from 'vscode';
import type { VerdictKind } from '../../core/redirect';
import { Disposable } from '../dispose';
import type { NodeRegistry } from '../nodes/node-registry';
import type { WorkloadEntry } from '../nodes/workload-entry';
import { showList } from '../show-list';
import { facetsOf, isFiltering, NO_FILTER, passes, type Facets, type Filter } from './facets';
import { verdictLook } from './verdict-look';

type FilterItem = vscode.QuickPickItem & { facet?: keyof Filter; value?: string };

const TITLES: Readonly<Record<keyof Filter, string>> = {
  mesh: 'Mesh',
  namespace: 'Namespace',
  verdict: 'Verdict',
};

/** Which workloads the view shows. */
export class TreeFilter extends Disposable {
  readonly #changed = this._register(new vscode.EventEmitter<void>());
  readonly onDidChange = this.#changed.event;
  #filter: Filter = NO_FILTER;

  get active(): boolean {
    return isFiltering(this.#filter);
  }

  /** What is filtered by, for a person; undefined where nothing is. */
  get text(): string | undefined {
    const { mesh, namespace, verdict } = this.#filter;
    const words = [...mesh, ...namespace, ...[...verdict].map((kind) => verdictLook(kind).text)];
    return words.length === 0 ? undefined : words.join(', ');
  }

  shows(workload: WorkloadEntry): boolean {
    return !this.active || passes(this.#filter, facetsOfEntry(workload));
  }

  clear(): void {
    this.#become(NO_FILTER);
  }

  /** Has a person choose among what there is now. */
  async ask(registry: NodeRegistry): Promise<void> {
    const items = this.#items(registry.workloads.map(facetsOfEntry));
    const picked = await showList(items, {
      canPickMany: true,
      title: 'Filter Workloads',
      placeHolder: 'Show only workloads of these meshes, namespaces and verdicts',
    });
    if (!picked) return;
    const chosen = (facet: keyof Filter): string[] =>
      picked.flatMap((item) => (item.facet === facet && item.value !== undefined ? [item.value] : []));
    this.#become({
      mesh: new Set(chosen('mesh')),
      namespace: new Set(chosen('namespace')),
      verdict: new Set(chosen('verdict') as VerdictKind[]),
    });
  }

  #items(all: readonly Facets[]): FilterItem[] {
    return (Object.keys(TITLES) as (keyof Filter)[]).flatMap((facet): FilterItem[] => {
      const chosen = this.#filter[facet] as ReadonlySet<string>;
      const counts = new Map<string, number>([...chosen].map((value) => [value, 0]));
      for (const { [facet]: value } of all)
        if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
      const sorted = [...counts].sort(([a], [b]) => a.localeCompare(b));
      if (sorted.length === 0) return [];
      const label = (value: string): string =>
        facet === 'verdict' ? verdictLook(value as VerdictKind).text : value;
      return [
        { label: TITLES[facet], kind: vscode.QuickPickItemKind.Separator },
        ...sorted.map(([value, count]) => {
          const item = { label: label(value), description: String(count), facet, value };
          return { ...item, picked: chosen.has(value) };
        }),
      ];
    });
  }

  #become(filter: Filter): void {
    this.#filter = filter;
    void vscode.commands.executeCommand('setContext', 'meshRedirect.filtered', this.active);
    this.#changed.fire();
  }
}

function facetsOfEntry({ pod, observation }: WorkloadEntry): Facets {
  return facetsOf({ pod, observed: observation.kind === 'observed' ? observation : null });
}
