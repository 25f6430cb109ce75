import {
  HOLD_CHAIN,
  isOurSpec,
  isOwnChain,
  parseRuleset,
  redirectionIn,
  redirects,
  targetPorts,
  type Redirection,
} from '../iptables';
import type { Backend, Family, IptablesTool, Snapshot } from '../model';
import type { Policy } from '../policy';
import { policyRules } from './families';
import { tamperingOf } from './tampering';

/** Rules of iptables mode in one family and back-end. */
export interface RuleState {
  family: Family;
  backend: Backend;
  redirection: Redirection;
  /** True if inbound and outbound connections are redirected, by rules that are as they were written. */
  whole: boolean;
  /** True if Mesh Redirect wrote any of them; else FSM did. */
  ours: boolean;
  /** True if what is there redirects nothing, and keeps older connections translated. */
  holding: boolean;
  evidence: string;
  missing: string[];
}

const NAMES: Record<Family, string> = { ipv4: 'IPv4', ipv6: 'IPv6' };

/** `IPv4 rules in nft`. */
export const rulesName = ({ family, backend }: { family: Family; backend: Backend }): string =>
  `${NAMES[family]} rules in ${backend}`;

/** Whether plain `iptables` on the node means this back-end; nothing where its tools are not known. */
export function defaultNote(
  { family, backend }: { family: Family; backend: Backend },
  tools: readonly IptablesTool[],
): string {
  if (tools.length === 0) return '';
  const isDefault = tools.some(
    (tool) => tool.isDefault && tool.family === family && tool.backend === backend,
  );
  return isDefault ? ' (the node’s default)' : ' (not the node’s default)';
}

const onlyHold = ({ chains, jumps }: Redirection): boolean =>
  jumps.length === 0 && chains.length === 1 && chains[0]?.name === HOLD_CHAIN;

const isOurs = ({ chains, jumps }: Redirection): boolean =>
  [...chains.flatMap(({ rules }) => rules), ...jumps.map(({ spec }) => spec)].some(isOurSpec);

function evidenceOf(where: string, redirection: Redirection, holding: boolean): string {
  if (holding) return `${where} keep older connections translated until they end (chain ${HOLD_CHAIN}).`;
  const names = redirection.chains.map(({ name }) => name).filter(isOwnChain);
  const writer = isOurs(redirection) ? 'Mesh Redirect' : 'FSM';
  return `${where}, written by ${writer}: ${names.join(', ')}.`;
}

function missingIn(where: string, redirection: Redirection): string[] {
  const builtins = [
    ['PREROUTING', 'inbound'],
    ['OUTPUT', 'outbound'],
  ] as const;
  return builtins
    .filter(([builtin]) => !redirects(redirection, builtin))
    .map(([builtin, direction]) => `${where}: nothing leads from ${builtin} to a REDIRECT (${direction}).`);
}

/** The states of the rules of each family and back-end that holds any of this mode's. */
export function ruleStates(
  snapshot: Snapshot,
  policy: Policy,
  tools: readonly IptablesTool[] = [],
): RuleState[] {
  return snapshot.rulesets.flatMap(({ family, backend, text }): RuleState[] => {
    const redirection = redirectionIn(parseRuleset(text));
    if (redirection.chains.length === 0 && redirection.jumps.length === 0) return [];
    const where = rulesName({ family, backend });
    const holding = onlyHold(redirection);
    const missing = holding
      ? []
      : [
          ...missingIn(where, redirection),
          ...tamperingOf(redirection, policyRules(snapshot, policy, family)).map(
            (change) => `${where}: ${change}`,
          ),
        ];
    return [
      {
        family,
        backend,
        redirection,
        whole: !holding && missing.length === 0,
        ours: isOurs(redirection),
        holding,
        evidence: evidenceOf(where + defaultNote({ family, backend }, tools), redirection, holding),
        missing,
      },
    ];
  });
}

/** The ports to which the rules send connections: where translated ones arrive. */
export function redirectPorts(states: readonly RuleState[]): number[] {
  return targetPorts(states.flatMap(({ redirection }) => redirection.chains.flatMap(({ rules }) => rules)));
}
