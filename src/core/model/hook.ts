/** The hooks that eBPF mode uses, in the order in which a connection meets them. See docs/ebpf-mode.md. */
export const REDIRECT_HOOKS = [
  'connect4',
  'connect6',
  'sockops',
  'sk_lookup',
  'getpeername4',
  'getpeername6',
  'getsockopt',
] as const;

export type RedirectHook = (typeof REDIRECT_HOOKS)[number];
