import type { AgentFiles } from '../agent/files';
import type { Node, NodeTerms } from '../node';

/** VS Code's own machine. */
export function localNode(agents: AgentFiles, label = 'This machine', terms: NodeTerms = {}): Node {
  return {
    id: 'local',
    kind: 'local',
    label,
    connect: async (options) => {
      const [{ startAgent }, { LocalRunner }] = await Promise.all([
        import('../agent/connect'),
        import('./local-runner'),
      ]);
      return startAgent('local', new LocalRunner(), agents, options, terms);
    },
  };
}
