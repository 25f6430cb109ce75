import { nodeReport } from '../../core/node-check';
import type { Documents } from '../documents';
import type { Failures } from '../failures';
import { NodeEntry } from '../nodes/node-entry';
import type { NodeRegistry } from '../nodes/node-registry';
import { showPage } from '../page';
import { COMMANDS } from './ids';
import { chosen, pickNode } from './pick';
import { CommandGroup } from './register';

/** Check Node: a page with all that a node has or lacks. `objectsDirectory` holds the BPF object and its manifest. */
export function checkCommands(
  registry: NodeRegistry,
  documents: Documents,
  objectsDirectory: string,
  failures: Failures,
): CommandGroup {
  const check = async (entry: NodeEntry): Promise<void> => {
    const { label } = entry.node;
    const uri = await documents.write(['check', `Check of ${label}.md`], async () => {
      const { checkNode } = await import('../../redirect');
      const host = entry.workloads.find(({ workload }) => workload.host)?.id ?? null;
      return nodeReport(label, await checkNode(entry.connection().agent, host, objectsDirectory));
    });
    await showPage(uri);
  };
  return new CommandGroup(failures, {
    [COMMANDS.nodeCheck]: async (element, selection) => {
      const entries = await chosen(NodeEntry, selection, () =>
        pickNode(registry, element, {
          placeHolder: 'Node to check',
          suitable: ({ state }) => state.kind === 'connected',
          nothing: 'No node is connected.',
        }),
      );
      for (const entry of entries) await check(entry);
    },
  });
}
