import { CHAINS, COMMENT } from './names';
import { isOurSpec } from './present';
import type { Redirection } from './rules';
import { senseOf } from './sense';
import { commentOf, targetOf } from './words';

/** The four chains that a whole set of our rules has. */
export const OWN_CHAINS: readonly string[] = Object.values(CHAINS);

const RECORD = new RegExp(`^${COMMENT}: set ([0-9a-f]{8})$`);

/** What the comment of a jump says beside our name: which set of rules it was written with. */
export const recordOf = (fingerprint: string): string => `set ${fingerprint}`;

/** FNV-1a of 32 bits, as 8 hexadecimal digits. */
function fnv1a(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

const distinct = (texts: readonly string[]): string[] => [...new Set(texts)].sort();

/** The rules of our chains and what leads there, by what they decide. A doubled jump decides nothing more. */
function describe({ chains, jumps }: Redirection): string {
  const own = jumps.filter(({ spec }) => isOurSpec(spec) || OWN_CHAINS.includes(targetOf(spec)?.name ?? ''));
  return JSON.stringify([
    OWN_CHAINS.map((name) => chains.find((chain) => chain.name === name)?.rules.map(senseOf) ?? null),
    distinct(own.map(({ chain, spec }) => `${chain} ${senseOf(spec)}`)),
  ]);
}

/**
 * Tells a set of our rules from one that was changed. It is no secret and no protection: it tells what was done by hand
 * from what was written. The same for what we render and for what iptables-save prints of it.
 */
export const fingerprintOf = (redirection: Redirection): string => fnv1a(describe(redirection));

/** True if both decide every connection alike, whatever their comments and spellings. */
export const sameDecisions = (a: Redirection, b: Redirection): boolean => describe(a) === describe(b);

/** The fingerprints that our jumps were written with; none of rules of FSM, or of before there were fingerprints. */
export function recordedFingerprints({ jumps }: Redirection): string[] {
  return distinct(jumps.flatMap(({ spec }) => RECORD.exec(commentOf(spec) ?? '')?.[1] ?? []));
}
