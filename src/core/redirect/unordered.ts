import {
  foreignMeshesIn,
  parseRuleset,
  redirectionIn,
  redirects,
  targetPorts,
  unknownRedirects,
} from '../iptables';
import { Family, type RulesetText, type Snapshot } from '../model';

const NAMES: Record<Family, string> = { ipv4: 'IPv4', ipv6: 'IPv6' };

/** The ports to which a back-end's rules send all TCP connections, whoever wrote them; empty where they send none. */
function portsOf({ text }: RulesetText): string {
  const ruleset = parseRuleset(text);
  const own = redirectionIn(ruleset);
  const takesAll =
    redirects(own, 'OUTPUT') ||
    redirects(own, 'PREROUTING') ||
    foreignMeshesIn(ruleset).length > 0 ||
    unknownRedirects(ruleset).length > 0;
  const nat = ruleset.tables.find(({ name }) => name === 'nat');
  if (!takesAll || !nat) return '';
  const rules = [...nat.chains.values()].flatMap((chain) => chain.rules);
  return targetPorts(rules.map(({ spec }) => spec))
    .toSorted((a, b) => a - b)
    .join(', ');
}

/**
 * Where both back-ends of a family redirect, and not to the same ports, a line: who gets a connection turns on which one the kernel
 * asks first, which it does not tell (`endOfRules` in core/trace says why).
 */
export function unorderedRules({ rulesets }: Snapshot): string[] {
  return Family.options.flatMap((family) => {
    const present = rulesets.filter((rules) => rules.family === family);
    if (present.length < 2) return [];
    const redirecting = present
      .map((rules) => ({ backend: rules.backend, ports: portsOf(rules) }))
      .filter(({ ports }) => ports !== '');
    if (new Set(redirecting.map(({ ports }) => ports)).size < 2) return [];
    const each = redirecting.map(({ backend, ports }) => `those in ${backend} to ${ports}`).join(', ');
    return [
      `${NAMES[family]} rules of both back-ends redirect, ${each}; the kernel does not tell which of them it asks first.`,
    ];
  });
}
