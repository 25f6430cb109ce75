import { REDIRECT_HOOKS, type NodeInfo } from '../../../src/core/model';

/** A node that lacks nothing. Plain iptables means nft there; there is no legacy ip6tables. */
export const NODE_INFO: NodeInfo = {
  protocol: 1,
  agent: { version: '1', pid: 1 },
  bootId: '4f6d7bd2-4d0c-4f6e-9a0c-1d7f0d8a3c11',
  hostname: 'edge',
  kernel: '6.18.0-amd64',
  arch: 'x86_64',
  uid: 0,
  iptables: [
    { family: 'ipv4', backend: 'nft', version: '1.8.9', isDefault: true },
    { family: 'ipv4', backend: 'legacy', version: '1.8.9', isDefault: false },
    { family: 'ipv6', backend: 'nft', version: '1.8.9', isDefault: true },
  ],
  cgroup2: '/sys/fs/cgroup',
  bpffs: '/sys/fs/bpf',
  btf: true,
  hooks: REDIRECT_HOOKS.map((hook) => ({ hook, supported: true, reason: null })),
  conditions: { lockdown: 'none', memlock: null, xtablesLocked: false },
  missing: [],
};
