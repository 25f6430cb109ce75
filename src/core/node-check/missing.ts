import type { MissingCode } from '../model';

/** What the lack of something means, and what to do about it. */
export interface MissingText {
  title: string;
  message: string;
  remedy: string;
}

export const MISSING: Readonly<Record<MissingCode, MissingText>> = {
  root: {
    title: 'Root',
    message: 'The agent does not run as root: it can neither enter network namespaces nor change rules.',
    remedy: 'Connect as root, or let the user run commands with sudo without a password.',
  },
  iptables: {
    title: 'iptables',
    message:
      'The node has no iptables: rules can neither be shown nor written, and iptables mode is not possible.',
    remedy: 'Install the iptables package of the node’s distribution. eBPF mode needs none.',
  },
  ip6tables: {
    title: 'ip6tables',
    message: 'The node has no ip6tables: in iptables mode IPv6 connections are not redirected.',
    remedy:
      'Install the iptables package of the node’s distribution, where IPv6 is to be redirected by rules.',
  },
  cgroup2: {
    title: 'cgroup v2',
    message:
      'cgroup v2 is not mounted: eBPF mode has nothing to attach its programs to. iptables mode works.',
    remedy:
      'Mount it: mount -t cgroup2 none /sys/fs/cgroup/unified, or boot with systemd.unified_cgroup_hierarchy=1.',
  },
  bpffs: {
    title: 'bpffs',
    message:
      'There is no BPF file system to pin links in: eBPF mode would end with the agent. iptables mode works.',
    remedy: 'Mount it: mount -t bpf bpf /sys/fs/bpf.',
  },
  btf: {
    title: 'BTF',
    message:
      'The kernel has no type information (/sys/kernel/btf/vmlinux), which eBPF mode needs. iptables mode works.',
    remedy: 'Use a kernel built with CONFIG_DEBUG_INFO_BTF=y.',
  },
  hook: {
    title: 'BPF hook',
    message: 'The kernel does not take a program that eBPF mode needs. iptables mode works.',
    remedy: 'Use a kernel 5.17 or later with CONFIG_CGROUP_BPF, and look whether lockdown forbids BPF.',
  },
  'netns-cookie': {
    title: 'Namespace cookie',
    message:
      'The kernel cannot tell network namespaces apart (SO_NETNS_COOKIE), which eBPF mode needs. iptables mode works.',
    remedy: 'Use a kernel 5.14 or later.',
  },
};

/** The text for one thing that the node lacks, with what the agent found in detail. */
export function missingText(code: MissingCode, detail: string): { message: string; remedy: string } {
  const { message, remedy } = MISSING[code];
  return { message: detail === '' ? message : `${message} (${detail})`, remedy };
}
