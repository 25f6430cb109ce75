import { attachToCgroup, load, pinsOf, unpin } from './loaded';

const SOURCE = 'idle_hooks.bpf.c';

/** Each hook, as bpftool calls it, with its program. */
const HOOKS = {
  sock_ops: 'idle_sockops',
  connect4: 'idle_connect4',
  getpeername4: 'idle_getpeername4',
  getsockopt: 'idle_getsockopt',
};

/**
 * Has programs that do nothing run where those of eBPF mode do, but for sk_lookup, until the cgroups go.
 *
 * @param cgroups their directories
 */
export function attachIdleHooks(...cgroups: readonly string[]): void {
  load(SOURCE);
  for (const cgroup of cgroups)
    for (const [hook, program] of Object.entries(HOOKS))
      attachToCgroup(cgroup, hook, `${pinsOf(SOURCE)}/${program}`);
  unpin(SOURCE);
}
