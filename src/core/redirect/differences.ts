import { mapsFromPolicy, type MapContents } from '../ebpf';
import { HOLD_CHAIN, OWN_CHAINS, sameDecisions, senseOf, type Jump } from '../iptables';
import type { Snapshot } from '../model';
import type { Policy } from '../policy';
import { policyForMaps, policyRules, takesIpv6, workloadFacts } from './families';
import { rulesName, type RuleState } from './rule-state';

/** The chains of a policy's rules, and what may stand beside them for a while. */
const EXPECTED = [...OWN_CHAINS, HOLD_CHAIN];

/** Jumps that decide what an earlier one has decided. */
function doubledJumps(jumps: readonly Jump[]): string[] {
  const senses = jumps.map(({ chain, spec }) => `${chain} ${senseOf(spec)}`);
  return jumps
    .filter((_, index) => senses.indexOf(senses[index] ?? '') < index)
    .map(({ chain, spec }) => `${chain} ${spec}`);
}

function ruleDifference(snapshot: Snapshot, policy: Policy, state: RuleState): string[] {
  const { family, redirection } = state;
  if (!state.whole) return [];
  const where = rulesName(state);
  if (family === 'ipv6' && !takesIpv6(snapshot, policy)) {
    return [`${where} send connections to ports on which the sidecar does not listen for IPv6.`];
  }
  const doubled = doubledJumps(redirection.jumps);
  if (doubled.length > 0) return [`${where} are entered twice: ${doubled.join('; ')}.`];
  const wanted = policyRules(snapshot, policy, family);
  if (wanted === null) return [];
  const stray = redirection.chains.map(({ name }) => name).filter((name) => !EXPECTED.includes(name));
  return stray.length === 0 && sameDecisions(redirection, wanted)
    ? []
    : [`${where} are not those of the policy.`];
}

/** The entries to set and to delete to lead a map from what it holds to what it is to hold. */
export function mapChanges(
  present: MapContents['entries'],
  wanted: MapContents['entries'],
): { set: MapContents['entries']; delete: string[] } {
  const now = new Map(present.map(({ key, value }) => [key, value]));
  const then = new Set(wanted.map(({ key }) => key));
  return {
    set: wanted.filter(({ key, value }) => now.get(key) !== value),
    delete: present.map(({ key }) => key).filter((key) => !then.has(key)),
  };
}

/** None where the maps cannot express the policy (which a plan refuses). */
function wantedMaps(snapshot: Snapshot, policy: Policy): MapContents[] {
  try {
    return mapsFromPolicy(policyForMaps(snapshot, policy), workloadFacts(snapshot, policy));
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
}

function mapDifferences(snapshot: Snapshot, policy: Policy, present: readonly MapContents[]): string[] {
  if (present.length === 0) return [];
  const wanted = wantedMaps(snapshot, policy);
  return wanted.flatMap(({ map, entries }) => {
    const changes = mapChanges(present.find((held) => held.map === map)?.entries ?? [], entries);
    const count = changes.set.length + changes.delete.length;
    return count === 0 ? [] : [`Map ${map} is not as the policy says: ${count} entries differ.`];
  });
}

/** What redirects but is not what the policy says. */
export function differencesFrom(
  snapshot: Snapshot,
  policy: Policy,
  rules: readonly RuleState[],
  policyMaps: readonly MapContents[],
): string[] {
  const twice = rules.filter(({ family, whole }) => whole && family === 'ipv4').length > 1;
  return [
    ...(twice ? ['Both back-ends hold IPv4 rules.'] : []),
    ...rules.flatMap((state) => ruleDifference(snapshot, policy, state)),
    ...mapDifferences(snapshot, policy, policyMaps),
  ];
}
