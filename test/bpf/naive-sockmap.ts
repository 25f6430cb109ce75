import { run } from '../../tools/bpf/toolchain.mjs';
import { attachToCgroup, load, pinsOf, unpin } from './loaded';

const SOURCE = 'naive_sockmap.bpf.c';

/**
 * Accelerates without any guard what is between sockets of these cgroups' processes.
 *
 * @param cgroups their directories
 */
export function attachNaiveSockmap(...cgroups: readonly string[]): void {
  load(SOURCE);
  const pins = pinsOf(SOURCE);
  run('bpftool', ['prog', 'attach', 'pinned', `${pins}/always`, 'msg_verdict', 'pinned', `${pins}/naive`]);
  for (const cgroup of cgroups) attachToCgroup(cgroup, 'sock_ops', `${pins}/take`);
}

/** Once a sockmap has neither pin nor descriptor it lets its program go (sock_map_release_progs, net/core/sock_map.c). */
export function removeNaiveSockmap(): void {
  unpin(SOURCE);
}
