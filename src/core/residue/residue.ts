import type { IptablesTool, NodeResidue } from '../model';
import type { Finding } from './finding';
import { foreignRuleFindings } from './foreign-rules';
import { hookFindings } from './hooks';
import { nodeFindings } from './node';
import { ownRuleFindings } from './own-rules';
import type { ObservedWorkload } from './workload';

/** What in one workload serves nobody. While a keeper has a switch of it, all that is ours there belongs to the switch. */
export function workloadFindings(
  observed: ObservedWorkload,
  node: NodeResidue,
  tools: readonly IptablesTool[],
): Finding[] {
  const { id } = observed.snapshot.workload;
  const foreign = foreignRuleFindings(observed);
  if (node.journals.some(({ workload, kept }) => kept && workload === id)) return foreign;
  const pins = node.pins.find(({ workload, gone }) => workload === id && !gone) ?? null;
  return [...ownRuleFindings(observed, tools), ...hookFindings(observed, pins), ...foreign];
}

/** Everything on a node that serves nobody, or may: what no workload has first. */
export function residueOf(
  node: NodeResidue,
  workloads: readonly ObservedWorkload[],
  tools: readonly IptablesTool[],
): Finding[] {
  return [...nodeFindings(node), ...workloads.flatMap((observed) => workloadFindings(observed, node, tools))];
}
