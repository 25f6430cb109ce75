import { foreignMesh, parseRuleset, partOf, removalText, targetPorts, type Ruleset } from '../iptables';
import type { RulesetText } from '../model';
import { rulesName } from '../redirect';
import { WAIT_SECONDS, type Finding } from './finding';
import { linesOf } from './own-rules';
import { isServed, labelOf, type ObservedWorkload } from './workload';

function meshesIn(ruleset: Ruleset): string[] {
  const names = ruleset.tables.flatMap(({ chains }) => [...chains.keys()]);
  return [...new Set(names.map(foreignMesh).filter((mesh) => mesh !== null))];
}

function finding(observed: ObservedWorkload, rules: RulesetText, ruleset: Ruleset, mesh: string): Finding[] {
  const { family, backend } = rules;
  const { id: workload } = observed.snapshot.workload;
  const parts = ruleset.tables
    .map((table) => ({ table: table.name, part: partOf(table, (chain) => foreignMesh(chain) === mesh) }))
    .filter(({ part }) => part.chains.length > 0);
  const ports = targetPorts(parts.flatMap(({ part }) => part.chains.flatMap((chain) => chain.rules)));
  if (ports.some((port) => isServed(observed, family, port))) return [];
  const where = ports.length === 0 ? 'nowhere' : `to port ${ports.join(' and ')}, where nobody listens`;
  return [
    {
      id: `foreign-rules/${workload}/${family}/${backend}/${mesh}`,
      kind: 'foreign-rules',
      whose: mesh,
      title: `${labelOf(observed)}: ${mesh}’s ${rulesName(rules)} lead ${where}`,
      details: parts.flatMap(({ table, part }) => [`*${table}`, ...linesOf(part)]),
      ticked: false,
      removal: parts.map(({ table, part }) => ({
        verb: 'iptables/restore',
        params: { workload, family, backend, text: removalText(table, part), waitSeconds: WAIT_SECONDS },
      })),
    },
  ];
}

/** The chains of other meshes which send connections to ports at which nobody listens. Never ticked: they are not ours. */
export function foreignRuleFindings(observed: ObservedWorkload): Finding[] {
  return observed.snapshot.rulesets.flatMap((rules) => {
    const ruleset = parseRuleset(rules.text);
    return meshesIn(ruleset).flatMap((mesh) => finding(observed, rules, ruleset, mesh));
  });
}
