import { REDIRECT_HOOKS, type Attachment, type RedirectHook, type Snapshot } from '../model';

/** The hooks that decide where a new connection goes. */
export const REDIRECTING_HOOKS = ['sk_lookup', 'connect4', 'connect6'] as const satisfies RedirectHook[];

/** The hooks that answer for connections which were redirected, until they end. */
export const ANSWERING_HOOKS = [
  'sockops',
  'getsockopt',
  'getpeername4',
  'getpeername6',
] as const satisfies RedirectHook[];

/** The hooks that Mesh Redirect attached for this workload. */
export type OwnHooks = ReadonlyMap<RedirectHook, Attachment>;

const isRedirectHook = (hook: string): hook is RedirectHook =>
  (REDIRECT_HOOKS as readonly string[]).includes(hook);

/** The workload that a pin of ours belongs to; null for other pins. */
export function workloadOfPin(pin: string | null): string | null {
  return /(?:^|\/)mesh-redirect\/([^/]+)\/[^/]+$/.exec(pin ?? '')?.[1] ?? null;
}

/** The hooks of eBPF mode that are attached for the snapshot's workload, by their pins. */
export function ownHooks(snapshot: Snapshot): OwnHooks {
  const hooks = new Map<RedirectHook, Attachment>();
  for (const attachment of snapshot.attachments) {
    const own = workloadOfPin(attachment.pin) === snapshot.workload.id;
    if (own && isRedirectHook(attachment.hook)) hooks.set(attachment.hook, attachment);
  }
  return hooks;
}

/** The maps of the workload's own programs: their ids by name. */
export function ownMaps(snapshot: Snapshot, hooks: OwnHooks): ReadonlyMap<string, number> {
  const programs = new Set([...hooks.values()].map(({ program }) => program));
  const ids = new Set(snapshot.programs.filter(({ id }) => programs.has(id)).flatMap(({ maps }) => maps));
  return new Map(snapshot.maps.filter(({ id }) => ids.has(id)).map(({ name, id }) => [name, id]));
}
