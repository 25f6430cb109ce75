import type { RulesetText } from '../../core/model';

const NAMES = { ipv4: 'IPv4', ipv6: 'IPv6' } as const;

/** All rules of a workload as one document, as iptables-save prints them: each ruleset under a line that names it. */
export function rulesText(rulesets: readonly RulesetText[]): string {
  if (rulesets.length === 0) return '# No iptables table holds a chain here.\n';
  return rulesets
    .map(({ family, backend, text }) => `# ${NAMES[family]}, ${backend}\n${text.trimEnd()}\n`)
    .join('\n');
}
