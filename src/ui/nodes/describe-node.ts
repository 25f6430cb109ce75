import { localNode, sshNode, type AgentFiles, type KeyRing } from '../../nodes';
import type { DescribeNode } from './node-registry';

/** Describes the nodes of settings; they get their agents from `agents`, and open private keys once for all. */
export function describeWith(agents: AgentFiles, keys: KeyRing): DescribeNode {
  return (setting) =>
    setting.kind === 'local' ? localNode(agents, setting.label, setting) : sshNode(setting, agents, keys);
}
