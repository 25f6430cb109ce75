import * as vscode from 'vscode';
import type { Failures } from '../failures';
import type { KindKnowledge, KindNodes } from '../nodes/kind-nodes';
import { connectMany } from '../nodes/connect-many';
import type { NodeEntry } from '../nodes/node-entry';
import type { NodeRegistry } from '../nodes/node-registry';
import type { TreeFilter } from '../tree/tree-filter';
import { COMMANDS } from './ids';
import { connectNode } from './node-commands';
import { pickGroup } from './pick-group';
import { CommandGroup } from './register';

/** What a person who asked for kind's clusters is told. */
export function kindText(known: KindKnowledge): string {
  switch (known.kind) {
    case 'unknown':
      return 'Clusters of kind are not looked for: "meshRedirect.kind.show" is off.';
    case 'failed':
      return known.message;
    case 'missing':
      return known.what === 'kind'
        ? 'kind is not installed, or not in the PATH. See https://kind.sigs.k8s.io; then its clusters appear by themselves.'
        : 'There is no container engine for kind: install Docker, nerdctl or Podman, and kind (https://kind.sigs.k8s.io). Then its clusters appear by themselves.';
    case 'found': {
      const nodes = known.clusters.reduce((sum, cluster) => sum + cluster.nodes.length, 0);
      const names = known.clusters.map(({ name }) => name).join(', ');
      return nodes === 0
        ? 'There is no kind cluster on this machine: "kind create cluster" makes one.'
        : `Clusters of kind: ${names}, ${nodes} ${nodes === 1 ? 'node' : 'nodes'} in all.`;
    }
  }
}

/** Filtering the view, and the clusters in it. */
export function treeCommands(
  registry: NodeRegistry,
  filter: TreeFilter,
  kind: KindNodes,
  failures: Failures,
): CommandGroup {
  return new CommandGroup(failures, {
    [COMMANDS.nodesFilter]: () => filter.ask(registry),
    [COMMANDS.nodesClearFilter]: () => {
      filter.clear();
    },
    [COMMANDS.kindFind]: async () => {
      void vscode.window.showInformationMessage(kindText(await kind.lookAgain()));
    },
    [COMMANDS.groupConnect]: async (element) => {
      const group = await pickGroup(registry, element, 'Whose nodes to connect to');
      if (group) await connectAll(group.nodes, failures);
    },
  });
}

/** Those of a group that are not connected. A single one fails as it does by itself. */
async function connectAll(nodes: readonly NodeEntry[], failures: Failures): Promise<void> {
  const open = nodes.filter(({ state }) => state.kind !== 'connected');
  const [only] = open;
  if (open.length === 1 && only) await connectNode(only);
  else if (open.length > 1) {
    await connectMany(open, (failure, error) => {
      failures.log(failure, error);
    });
  }
}
