/** What we declare a workload's redirection to be. */
export type Mode = 'none' | 'iptables' | 'ebpf';

/** What we observe. See docs/architecture.md, "Words". */
export type VerdictKind = 'none' | 'iptables' | 'ebpf' | 'both' | 'partial' | 'foreign';
