/** Whether a host's key is to be trusted, and which keys to ask it for. Pure. */
import { createHash } from 'node:crypto';
import { isAbout, type KnownHost } from './known-hosts';

/** The host key algorithms that we accept, best first, and the key type each one proves. No SHA-1. */
const ALGORITHMS = [
  { algorithm: 'ssh-ed25519', keyType: 'ssh-ed25519' },
  { algorithm: 'ecdsa-sha2-nistp256', keyType: 'ecdsa-sha2-nistp256' },
  { algorithm: 'ecdsa-sha2-nistp384', keyType: 'ecdsa-sha2-nistp384' },
  { algorithm: 'ecdsa-sha2-nistp521', keyType: 'ecdsa-sha2-nistp521' },
  { algorithm: 'rsa-sha2-512', keyType: 'ssh-rsa' },
  { algorithm: 'rsa-sha2-256', keyType: 'ssh-rsa' },
] as const;

export type HostKeyAlgorithm = (typeof ALGORITHMS)[number]['algorithm'];

/** What the known_hosts files say of a key that a host has shown. */
export type HostKeyVerdict =
  | { kind: 'trusted' }
  | { kind: 'unknown' }
  | { kind: 'changed'; entry: KnownHost }
  | { kind: 'revoked'; entry: KnownHost };

/** As `ssh-keygen -l` prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The lines about a host that name a key which we could ask it for. */
function pinned(known: readonly KnownHost[], name: string): KnownHost[] {
  return known.filter(
    (entry) =>
      entry.marker === 'none' &&
      isAbout(entry, name) &&
      ALGORITHMS.some(({ keyType }) => keyType === entry.keyType),
  );
}

/** The algorithms to offer: first those of keys that we know, so that a known host does not look unknown. */
export function hostKeyAlgorithms(known: readonly KnownHost[], names: HostNames): HostKeyAlgorithm[] {
  const own = pinned(known, names.own);
  const { withoutPort } = names;
  const about = own.length > 0 || withoutPort === undefined ? own : pinned(known, withoutPort);
  const types = new Set(about.map((entry) => entry.keyType));
  const first = ALGORITHMS.filter(({ keyType }) => types.has(keyType));
  const others = ALGORITHMS.filter(({ keyType }) => !types.has(keyType));
  return [...first, ...others].map(({ algorithm }) => algorithm);
}

/** The names that known_hosts may know a host by. */
export interface HostNames {
  readonly own: string;
  /** Without its port, which ssh(1) takes for known, too, but never for changed. */
  readonly withoutPort?: string;
}

/**
 * Judges a key. A host that is known by another key has changed, also when the new key is of another type:
 * known types are asked for first, so it does not hold the known key any more. That is stricter than ssh(1).
 */
export function judgeHostKey(known: readonly KnownHost[], names: HostNames, key: Buffer): HostKeyVerdict {
  const { own, withoutPort } = names;
  const either = (entry: KnownHost): boolean =>
    isAbout(entry, own) || (withoutPort !== undefined && isAbout(entry, withoutPort));
  const same = known.filter((entry) => entry.key.equals(key));
  const revoked = same.find((entry) => entry.marker === 'revoked' && either(entry));
  if (revoked) return { kind: 'revoked', entry: revoked };
  if (same.some((entry) => entry.marker === 'none' && isAbout(entry, own))) return { kind: 'trusted' };
  const other = pinned(known, own)[0];
  if (other) return { kind: 'changed', entry: other };
  return same.some((entry) => entry.marker === 'none' && either(entry))
    ? { kind: 'trusted' }
    : { kind: 'unknown' };
}

/** The lines that would have an authority vouch for the host: they are not supported, and that is to be said. */
export function authoritiesFor(known: readonly KnownHost[], names: HostNames): KnownHost[] {
  return known.filter((entry) => entry.marker === 'cert-authority' && isAbout(entry, names.own));
}
