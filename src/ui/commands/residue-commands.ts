import type { Failures } from '../failures';
import type { NodeRegistry } from '../nodes/node-registry';
import type { ResidueCleaner } from '../residue';
import { mustBeChangeable } from '../read-only';
import { COMMANDS } from './ids';
import { pickNode } from './pick';
import { CommandGroup } from './register';

/** Clean Up Residue: what serves nobody on a node is shown, and removed as ticked. */
export function residueCommands(
  registry: NodeRegistry,
  cleaner: ResidueCleaner,
  failures: Failures,
): CommandGroup {
  return new CommandGroup(failures, {
    [COMMANDS.nodeCleanUp]: async (element) => {
      const node = await pickNode(registry, element, {
        placeHolder: 'Node to clean up',
        suitable: ({ state, readOnly }) => state.kind === 'connected' && !readOnly,
        nothing: 'No node is connected on which something may be removed.',
      });
      if (!node) return;
      mustBeChangeable(node);
      await cleaner.cleanUp(node);
    },
  });
}
