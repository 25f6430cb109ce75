import { nodeReport } from '../../core/node-check';
import type { Documents } from '../documents';
import type { Failures } from '../failures';
import type { NodeRegistry } from '../nodes/node-registry';
import { showPage } from '../page';
import { COMMANDS } from './ids';
import { pickNode } from './pick';
import { CommandGroup } from './register';

/** Check Node: a page with all that a node has or lacks. `objectsDirectory` holds the BPF object and its manifest. */
export function checkCommands(
  registry: NodeRegistry,
  documents: Documents,
  objectsDirectory: string,
  failures: Failures,
): CommandGroup {
  return new CommandGroup(failures, {
    [COMMANDS.nodeCheck]: async (element) => {
      const entry = await pickNode(registry, element, {
        placeHolder: 'Node to check',
        suitable: ({ state }) => state.kind === 'connected',
        nothing: 'No node is connected.',
      });
      if (!entry) return;
      const { label } = entry.node;
      const uri = await documents.write(['check', `Check of ${label}.md`], async () => {
        const { checkNode } = await import('../../redirect');
        const host = entry.workloads.find(({ workload }) => workload.host)?.id ?? null;
        return nodeReport(label, await checkNode(entry.connection().agent, host, objectsDirectory));
      });
      await showPage(uri);
    },
  });
}
