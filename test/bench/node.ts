import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pod } from '../../playground/pod';
import { startSshd } from '../../playground/sshd';
import type { Backend } from '../../src/core/model';
import { DEFAULT_POLICY, type Policy } from '../../src/core/policy';
import type { Mode } from '../../src/core/redirect';
import { observe, type SwitchRequest } from '../../src/redirect';
import { AgentFiles, sshNode, type Connection, type Node } from '../../src/nodes';

const DIST = join(import.meta.dirname, '..', '..', 'dist');

export const AGENTS = new AgentFiles(join(DIST, 'agent'));

/** What the extension would find there. */
export const OBJECTS = join(DIST, 'bpf');

/** This machine as a node over SSH, while `work` runs. */
export async function withSshNode<T>(work: (node: Node) => Promise<T>): Promise<T> {
  const sshd = await startSshd();
  try {
    const { host, port, user, identityFile, knownHostsFile } = sshd;
    const settings = { host, port, user, identityFile, knownHostsFile, configFile: '/dev/null' };
    return await work(sshNode(settings, AGENTS));
  } finally {
    await sshd.stop();
  }
}

/**
 * Asks for a switch of a pod of a node as the extension does, where plain `iptables` means this back-end (by default, what
 * it means).
 */
export function requestsOn(
  node: Node,
  { agent, info }: Connection,
  backend?: Backend,
): (pod: Pod, to: Mode, policy?: Policy) => SwitchRequest {
  const iptables = info.iptables.map((tool) => ({
    ...tool,
    isDefault: backend === undefined ? tool.isDefault : tool.backend === backend,
  }));
  return (pod, to, policy = DEFAULT_POLICY) => ({
    connection: { agent, info: { ...info, iptables } },
    reconnect: () => connect(node),
    workloadId: pod.workloadId,
    policy,
    to,
    objectsDirectory: OBJECTS,
    holder: 'bench@here',
  });
}

/** Connects as the extension does, with nobody there to ask. */
export function connect(node: Node): Promise<Connection> {
  return node.connect({
    prompts: { confirmHostKey: () => Promise.resolve(false), askSecret: () => Promise.resolve(undefined) },
    log: { command: () => undefined, message: () => undefined },
    signal: new AbortController().signal,
  });
}

/** Waits until nothing is kept for older connections. */
export async function settle({ connection, workloadId, policy }: SwitchRequest): Promise<void> {
  while ((await observe(connection.agent, workloadId, policy)).verdict.draining) await sleep(20);
}
