import { describeMaps } from '../ebpf';
import { NOTHING, applyRedirection, parseRuleset, type Redirection } from '../iptables';
import { REDIRECT_HOOKS, type NodeInfo, type Snapshot } from '../model';
import type { Policy } from '../policy';
import { policyIn } from './families';
import { HOOKS, hookLines, MAPS, rulesTitle, section, textOf } from './sections';
import { targetOf } from './target';

const rulesOf = (redirection: Redirection): string[] =>
  applyRedirection(parseRuleset(''), NOTHING, redirection);

/**
 * What a policy means for a workload in either mode, whatever redirects it now: the rules that Mesh Redirect would write, and
 * the hooks with what their maps would say. Two texts with the same parts, for the diff editor. Throws RangeError where a
 * mode cannot say it there.
 */
export function modesText(
  snapshot: Snapshot,
  node: NodeInfo,
  given: Policy,
): { iptables: string; ebpf: string } {
  const policy = policyIn(snapshot, given);
  const { rules } = targetOf(snapshot, node, policy, 'iptables');
  const { hooks } = targetOf(snapshot, node, policy, 'ebpf');
  return {
    iptables: textOf(
      ...rules.map(({ redirection, ...tool }) => section(rulesTitle(tool), rulesOf(redirection))),
      section(HOOKS, hookLines(new Set())),
      section(MAPS, []),
    ),
    ebpf: textOf(
      ...rules.map((tool) => section(rulesTitle(tool), [])),
      section(HOOKS, hookLines(new Set(REDIRECT_HOOKS))),
      section(MAPS, describeMaps(hooks ?? [])),
    ),
  };
}
