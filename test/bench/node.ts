import { join } from 'node:path';
import { startSshd } from '../../playground/sshd';
import { AgentFiles, sshNode, type Connection, type Node } from '../../src/nodes';

const DIST = join(import.meta.dirname, '..', '..', 'dist');

/** What the extension would find there. */
export const OBJECTS = join(DIST, 'bpf');

/** This machine as a node over SSH, while `work` runs. */
export async function withSshNode<T>(work: (node: Node) => Promise<T>): Promise<T> {
  const sshd = await startSshd();
  try {
    const { host, port, user, identityFile, knownHostsFile } = sshd;
    const settings = { host, port, user, identityFile, knownHostsFile, configFile: '/dev/null' };
    return await work(sshNode(settings, new AgentFiles(join(DIST, 'agent'))));
  } finally {
    await sshd.stop();
  }
}

/** Connects as the extension does, with nobody there to ask. */
export function connect(node: Node): Promise<Connection> {
  return node.connect({
    prompts: { confirmHostKey: () => Promise.resolve(false), askSecret: () => Promise.resolve(undefined) },
    log: { command: () => undefined, message: () => undefined },
    signal: new AbortController().signal,
  });
}
