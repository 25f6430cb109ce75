import type { AgentFiles } from '../agent/files';
import type { Node } from '../node';
import type { Provider } from './provider';

/** What leads to a node of kind. */
export interface KindNodeSettings {
  readonly cluster: string;
  /** The node's name, which is its container's. */
  readonly container: string;
  readonly provider: Provider;
}

/**
 * A node of a local kind cluster. Nothing is run before `connect`.
 * @param environment with the variables that the engine goes by; by default this process's own
 */
export function kindNode(
  settings: KindNodeSettings,
  agents: AgentFiles,
  environment?: NodeJS.ProcessEnv,
): Node {
  const { cluster, container } = settings;
  const id = `kind:${cluster}/${container}`;
  return {
    id,
    kind: 'kind',
    label: container,
    cluster,
    connect: async (options) => {
      const { connectKind } = await import('./connect');
      return connectKind(id, settings, agents, options, environment);
    },
  };
}
