import type { AgentFiles } from '../agent/files';
import type { Node } from '../node';
import { KeyRing } from './key-ring';
import { sshNodeId, sshNodeLabel, type SshSettings } from './settings';

/**
 * A node reached by SSH. Nothing is loaded or opened before `connect`.
 * @param keys what passphrases have opened, shared by nodes so that each is asked for once
 */
export function sshNode(settings: SshSettings, agents: AgentFiles, keys: KeyRing = new KeyRing()): Node {
  const id = sshNodeId(settings);
  return {
    id,
    kind: 'ssh',
    label: settings.label ?? sshNodeLabel(settings),
    connect: async (options) => {
      const { connectSsh } = await import('./connect');
      return connectSsh(id, settings, agents, keys, options);
    },
  };
}
