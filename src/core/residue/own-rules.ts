import { counted } from '../counted';
import {
  HOLD,
  HOLD_CHAIN,
  SPELLINGS,
  isOurSpec,
  parseRuleset,
  redirectionIn,
  redirects,
  removalText,
  senseOf,
  targetOf,
  targetPorts,
  transitionText,
  type Jump,
  type Redirection,
} from '../iptables';
import type { IptablesTool, RulesetText } from '../model';
import { rulesName } from '../redirect';
import { WAIT_SECONDS, type Finding } from './finding';
import { isServed, labelOf, translated, type ObservedWorkload } from './workload';

/** One set of chains, of one spelling, and what leads to them. */
interface RuleSet {
  spelling: string;
  part: Redirection;
  ports: number[];
}

/** The sets of a ruleset apart. What leads to no chain (PodIP mode's rule in OUTPUT) belongs to the first. */
function setsIn(redirection: Redirection): RuleSet[] {
  const present = Object.entries(SPELLINGS).filter(([, names]) =>
    redirection.chains.some(({ name }) => names.includes(name)),
  );
  const all = Object.values(SPELLINGS).flat();
  const homeless = ({ spec }: Jump): boolean => !all.includes(targetOf(spec)?.name ?? '');
  if (present.length === 0 && redirection.jumps.length > 0) {
    return [{ spelling: 'without chains', part: { chains: [], jumps: redirection.jumps }, ports: [] }];
  }
  return present.map(([spelling, names], index) => {
    const chains = redirection.chains.filter(({ name }) => names.includes(name));
    const jumps = redirection.jumps.filter(
      (jump) => names.includes(targetOf(jump.spec)?.name ?? '') || (index === 0 && homeless(jump)),
    );
    return {
      spelling,
      part: { chains, jumps },
      ports: targetPorts(chains.flatMap(({ rules }) => rules)),
    };
  });
}

const specsOf = ({ chains, jumps }: Redirection): string[] => [
  ...jumps.map(({ spec }) => spec),
  ...chains.flatMap(({ rules }) => rules),
];

const whose = (part: Redirection): string => (specsOf(part).some(isOurSpec) ? 'Mesh Redirect' : 'FSM');

/** The rules of a part as iptables-save prints them. */
export const linesOf = ({ chains, jumps }: Redirection): string[] => [
  ...jumps.map(({ chain, spec }) => `-A ${chain} ${spec}`),
  ...chains.flatMap(({ name, rules }) =>
    rules.length === 0 ? [`:${name}`] : rules.map((spec) => `-A ${name} ${spec}`.trimEnd()),
  ),
];

/** Why a set is residue; null for one that is in use. */
function reasonOf(
  set: RuleSet,
  rules: RulesetText,
  observed: ObservedWorkload,
  beside: boolean,
): { text: string; ticked: boolean } | null {
  const ways = (['PREROUTING', 'OUTPUT'] as const).filter((builtin) => redirects(set.part, builtin));
  const served = set.ports.filter((port) => isServed(observed, rules.family, port));
  const unserved = set.ports.filter((port) => !served.includes(port)).join(' and ');
  if (ways.length === 0) return { text: 'lead nowhere', ticked: true };
  if (served.length === 0) return { text: `lead to port ${unserved}, where nobody listens`, ticked: true };
  if (beside) return { text: 'stand beside those of the node’s default back-end', ticked: true };
  if (unserved !== '') return { text: `lead to port ${unserved}, where nobody listens`, ticked: false };
  if (ways.length === 1) {
    const way = ways[0] === 'OUTPUT' ? 'outbound' : 'inbound';
    return { text: `are half of a redirection, ${way} only; a switch to iptables repairs it`, ticked: false };
  }
  return null;
}

/**
 * Each of the jumps that decide the same once, where the first of them is; best one of ours, which records its rules. And
 * where it is put once all are deleted.
 */
function withoutDoubles(jumps: readonly Jump[]): Jump[] {
  const kept: Jump[] = [];
  const dropped = new Map<string, number>();
  for (const jump of jumps) {
    const same = ({ chain, spec }: Jump): boolean =>
      chain === jump.chain && senseOf(spec) === senseOf(jump.spec);
    const twin = kept.find(same);
    const before = dropped.get(jump.chain) ?? 0;
    if (twin === undefined) {
      kept.push({ ...jump, position: jump.position === null ? null : jump.position - before });
      continue;
    }
    dropped.set(jump.chain, before + 1);
    if (isOurSpec(jump.spec) && !isOurSpec(twin.spec)) twin.spec = jump.spec;
  }
  return kept;
}

const isWhole = (set: RuleSet, rules: RulesetText, observed: ObservedWorkload): boolean =>
  redirects(set.part, 'PREROUTING') &&
  redirects(set.part, 'OUTPUT') &&
  set.ports.every((port) => isServed(observed, rules.family, port));

/** What of our and FSM's rules in one ruleset is residue. */
class RulesetResidue {
  readonly #observed: ObservedWorkload;
  readonly #rules: RulesetText;
  readonly #redirection: Redirection;
  readonly #sets: RuleSet[];

  constructor(observed: ObservedWorkload, rules: RulesetText) {
    this.#observed = observed;
    this.#rules = rules;
    this.#redirection = redirectionIn(parseRuleset(rules.text));
    this.#sets = setsIn(this.#redirection);
  }

  /** True if a set redirects in both directions, to ports that are served. */
  get works(): boolean {
    return this.#sets.some((set) => isWhole(set, this.#rules, this.#observed));
  }

  /** @param beside there are rules that work in the default back-end, and this is the other one */
  findings(beside: boolean): Finding[] {
    const sets = this.#sets.flatMap((set) => {
      const reason = reasonOf(set, this.#rules, this.#observed, beside);
      return reason === null
        ? this.#doubles(set)
        : [this.#removed(set, reason), ...this.#doubles(set, reason.ticked)];
    });
    return [...sets, ...this.#hold()];
  }

  #finding(
    name: string,
    text: string,
    part: Redirection,
    more: Pick<Finding, 'kind' | 'ticked'> & { restore: string },
  ): Finding {
    const { restore, ...rest } = more;
    const { family, backend } = this.#rules;
    const { id: workload } = this.#observed.snapshot.workload;
    return {
      id: `${rest.kind}/${workload}/${family}/${backend}/${name}`,
      whose: whose(part),
      title: `${labelOf(this.#observed)}: ${whose(part)}’s ${rulesName(this.#rules)} (${name}) ${text}`,
      details: linesOf(part),
      removal: [
        {
          verb: 'iptables/restore',
          params: { workload, family, backend, text: restore, waitSeconds: WAIT_SECONDS },
        },
      ],
      ...rest,
    };
  }

  /** Where it has translated connections that are still open, the hold stays for them. */
  #removed(set: RuleSet, { text, ticked }: { text: string; ticked: boolean }): Finding {
    const open = translated(this.#observed, this.#rules.family, set.ports);
    const others = { chains: this.#redirection.chains.filter(({ name }) => name === HOLD_CHAIN), jumps: [] };
    const kept = open > 0 && others.chains.length === 0 ? transitionText(set.part, HOLD) : null;
    const note = open > 0 ? `; ${counted(open, 'open connection')} will be kept translated` : '';
    const restore = kept ?? removalText('nat', set.part);
    return this.#finding(set.spelling, text + note, set.part, { kind: 'rules', ticked, restore });
  }

  /** Jumps that decide what an earlier one has decided. With `going`, the set goes, and all of its jumps with it. */
  #doubles(set: RuleSet, going = false): Finding[] {
    const jumps = withoutDoubles(set.part.jumps);
    const restore = going ? null : transitionText(set.part, { ...set.part, jumps });
    if (restore === null || jumps.length === set.part.jumps.length) return [];
    const senses = jumps.map(({ chain, spec }) => `${chain} ${spec}`);
    const doubles = set.part.jumps.filter(({ chain, spec }) => {
      const at = senses.indexOf(`${chain} ${spec}`);
      if (at >= 0) senses.splice(at, 1);
      return at < 0;
    });
    return [
      this.#finding(
        set.spelling,
        'are entered more than once',
        { chains: [], jumps: doubles },
        {
          ...{ kind: 'jumps', ticked: true, restore },
        },
      ),
    ];
  }

  #hold(): Finding[] {
    const part = { chains: this.#redirection.chains.filter(({ name }) => name === HOLD_CHAIN), jumps: [] };
    const { inboundPort, outboundPort } = this.#observed.policy;
    const ports = [inboundPort, outboundPort, ...this.#sets.flatMap(({ ports }) => ports)];
    if (part.chains.length === 0 || translated(this.#observed, this.#rules.family, ports) > 0) return [];
    const restore = removalText('nat', part);
    const text = 'hold connections of which none is left';
    return [this.#finding(HOLD_CHAIN, text, part, { kind: 'hold', ticked: true, restore })];
  }
}

/** What of our and FSM's rules in a workload is residue. Rules that are in use and whole are not. */
export function ownRuleFindings(observed: ObservedWorkload, tools: readonly IptablesTool[]): Finding[] {
  const all = observed.snapshot.rulesets.map((rules) => ({
    rules,
    residue: new RulesetResidue(observed, rules),
  }));
  const isDefault = ({ family, backend }: RulesetText): boolean =>
    tools.some((tool) => tool.isDefault && tool.family === family && tool.backend === backend);
  return all.flatMap(({ rules, residue }) => {
    const beside =
      !isDefault(rules) &&
      all.some(
        (other) => isDefault(other.rules) && other.rules.family === rules.family && other.residue.works,
      );
    return residue.findings(beside);
  });
}
