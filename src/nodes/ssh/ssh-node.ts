import type { AgentFiles } from '../agent/files';
import type { Node } from '../node';
import { hostText, sshNodeId, type SshSettings } from './settings';

/** A node reached by SSH. Nothing is loaded or opened before `connect`. */
export function sshNode(settings: SshSettings, agents: AgentFiles): Node {
  const id = sshNodeId(settings);
  return {
    id,
    kind: 'ssh',
    label: settings.label ?? `${settings.user}@${hostText(settings)}`,
    connect: async (options) => {
      const { connectSsh } = await import('./connect');
      return connectSsh(id, settings, agents, options);
    },
  };
}
