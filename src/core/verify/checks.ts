import type { Family, IptablesTool, Snapshot } from '../model';
import type { Policy } from '../policy';
import { REDIRECTING_HOOKS, takesIpv6, type Mode, type Verdict } from '../redirect';
import type { PlannedCheck } from './check';
import { Ground } from './ground';
import { inboundChecks, untouchedInbound } from './inbound';
import { outboundChecks, untouchedOutbound } from './outbound';

/** What checks are made for. */
export interface VerifyInput {
  snapshot: Snapshot;
  policy: Policy;
  verdict: Verdict;
  /** What is to be proved. */
  mode: Mode;
  /** The node's iptables: without an ip6tables there is no IPv6 in iptables mode. */
  tools: readonly IptablesTool[];
}

/** The families whose connections the mode is to redirect. FSM's own rules are of one family, and stay so. */
function redirectedFamilies({ snapshot, policy, verdict, mode, tools }: VerifyInput): Family[] {
  if (mode === 'none') return [];
  if (!takesIpv6(snapshot, policy)) return ['ipv4'];
  if (mode === 'ebpf') return ['ipv4', 'ipv6'];
  const rules = verdict.rules.filter(({ holding }) => !holding);
  if (rules.some(({ family }) => family === 'ipv6')) return ['ipv4', 'ipv6'];
  const byFsm = rules.length > 0 && !rules.some(({ ours }) => ours);
  return !byFsm && tools.some(({ family, isDefault }) => family === 'ipv6' && isDefault)
    ? ['ipv4', 'ipv6']
    : ['ipv4'];
}

/** The mode that a verdict is to be verified against where none is declared. In part: the one of which a part is there. */
export function modeToVerify({ kind, hooks }: Verdict): Mode | null {
  switch (kind) {
    case 'none':
    case 'iptables':
    case 'ebpf':
      return kind;
    case 'both':
      return 'ebpf';
    case 'partial':
      return REDIRECTING_HOOKS.some((hook) => hooks.has(hook)) ? 'ebpf' : 'iptables';
    case 'foreign':
      return null;
  }
}

/**
 * One check for each clause of the policy in this workload, in each family that it has an address of. Where a family is not
 * redirected (in mode none, or IPv6 of a sidecar that does not listen for it), that it passes.
 */
export function checksOf(input: VerifyInput): PlannedCheck[] {
  const { snapshot, policy, mode } = input;
  const redirected = redirectedFamilies(input);
  return (['ipv4', 'ipv6'] as const).flatMap((family) => {
    const ground = new Ground(family, policy, snapshot);
    if (ground.own.length === 0) return [];
    return redirected.includes(family)
      ? [...outboundChecks(ground, mode === 'ebpf'), ...inboundChecks(ground)]
      : [...untouchedOutbound(ground), ...untouchedInbound(ground)];
  });
}
