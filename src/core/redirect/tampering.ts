import {
  OWN_CHAINS,
  fingerprintOf,
  recordedFingerprints,
  senseOf,
  type Jump,
  type Redirection,
} from '../iptables';

/** A rule as it would be appended: `-A OUTPUT -p tcp -j FSM_PROXY_OUTBOUND`. */
const line = (chain: string, spec: string): string => `-A ${chain} ${spec}`;

/** The lines of `these` that `others` have not, by what they decide; each as often as it is missing. */
function without(these: readonly string[], others: readonly string[]): string[] {
  const left = others.map(senseOf);
  return these.filter((spec) => {
    const at = left.indexOf(senseOf(spec));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

const jumpsIn = (jumps: readonly Jump[], chain: string): string[] =>
  jumps.filter((jump) => jump.chain === chain).map(({ spec }) => spec);

const rulesOf = ({ chains }: Redirection, name: string): string[] | null =>
  chains.find((chain) => chain.name === name)?.rules ?? null;

function chainChanges(name: string, present: string[], wanted: string[]): string[] {
  const missing = without(wanted, present).map((spec) => `missing: ${line(name, spec)}`);
  const added = without(present, wanted).map((spec) => `added by hand: ${line(name, spec)}`);
  if (missing.length + added.length > 0) return [...missing, ...added];
  return present.every((spec, index) => senseOf(spec) === senseOf(wanted[index] ?? ''))
    ? []
    : [`chain ${name} is in another order.`];
}

/** Chains without which, or with nothing in which, no set of ours was ever written. */
function brokenChains(present: Redirection): Map<string, string> {
  const broken = new Map<string, string>();
  for (const name of OWN_CHAINS) {
    const rules = rulesOf(present, name);
    if (rules === null) broken.set(name, `chain ${name} is missing.`);
    else if (rules.length === 0) broken.set(name, `chain ${name} is empty.`);
  }
  return broken;
}

function missingJumps(present: Redirection, wanted: Redirection): string[] {
  const builtins = [...new Set(wanted.jumps.map(({ chain }) => chain))];
  return builtins.flatMap((chain) =>
    without(jumpsIn(wanted.jumps, chain), jumpsIn(present.jumps, chain)).map(
      (spec) => `missing: ${line(chain, spec)}`,
    ),
  );
}

/**
 * What was done by hand to rules of ours since they were written, a line each: their jumps record what they were. Rules by
 * name where `rendered`, what the policy means now, is what they were written as; else it is not known which.
 */
export function tamperingOf(present: Redirection, rendered: Redirection | null): string[] {
  const recorded = recordedFingerprints(present);
  if (recorded.length === 0 || recorded.includes(fingerprintOf(present))) return [];
  const broken = brokenChains(present);
  const changes = [...broken.values()];
  if (rendered !== null && recorded.includes(fingerprintOf(rendered))) {
    for (const { name, rules } of rendered.chains) {
      if (!broken.has(name)) changes.push(...chainChanges(name, rulesOf(present, name) ?? [], rules));
    }
    changes.push(...missingJumps(present, rendered));
  }
  return changes.length > 0
    ? changes
    : ['not as they were written: rules were removed, added or changed by hand.'];
}
