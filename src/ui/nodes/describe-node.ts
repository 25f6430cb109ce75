import { localNode, sshNode, type AgentFiles } from '../../nodes';
import type { DescribeNode } from './node-registry';

/** Describes the nodes of settings; they get their agents from `agents`. */
export function describeWith(agents: AgentFiles): DescribeNode {
  return (setting) =>
    setting.kind === 'local' ? localNode(agents, setting.label) : sshNode(setting, agents);
}
