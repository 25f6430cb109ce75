import type { Workload } from './workload';

/**
 * What a person puts before a command on the node to run it in a workload's network, with the tools and files of the node; alone it
 * opens a shell there. Empty for the node's own namespace; null where nothing leads into it: neither a name nor a process.
 */
export function enterWorkload({ host, name, processes }: Workload): readonly string[] | null {
  if (host) return [];
  if (name !== null) return ['nsenter', `--net=/run/netns/${name}`];
  const [first] = processes;
  return first ? ['nsenter', '--target', String(first.pid), '--net'] : null;
}
