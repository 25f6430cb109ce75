import { REDIRECT_HOOKS, type RedirectHook } from '../model';

const PURPOSES: Record<RedirectHook, string> = {
  connect4: 'sends IPv4 connections of the application to the sidecar, and keeps where they were meant to go',
  connect6: 'sends IPv6 connections of the application to the sidecar, and keeps where they were meant to go',
  sockops: 'hands the original destination over to the sidecar’s socket, and takes in its listeners',
  sk_lookup: 'steers new inbound connections to the sidecar’s listener, without rewriting a packet',
  getpeername4: 'lets the application see the IPv4 address that it asked for',
  getpeername6: 'lets the application see the IPv6 address that it asked for',
  getsockopt: 'answers the sidecar’s question for the original destination (SO_ORIGINAL_DST)',
};

/** What our program of a hook does, in words; null for a hook that we do not use. */
export function hookPurpose(hook: string): string | null {
  const known = REDIRECT_HOOKS.find((one) => one === hook);
  return known === undefined ? null : PURPOSES[known];
}
