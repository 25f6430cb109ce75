import type { MissingCode } from '../model';

/** What a mode cannot do without on a node. */
export const MODE_NEEDS: Readonly<Record<'none' | 'iptables' | 'ebpf', readonly MissingCode[]>> = {
  none: ['root'],
  iptables: ['root', 'iptables'],
  ebpf: ['root', 'cgroup2', 'bpffs', 'btf', 'hook', 'netns-cookie'],
};
