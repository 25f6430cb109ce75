import type { NodeInfo, RedirectHook, Snapshot } from '../model';
import type { Policy } from '../policy';
import { takesIpv6 } from './families';
import { ANSWERING_HOOKS, REDIRECTING_HOOKS, ownMaps } from './hooks';
import { noticesOf } from './notices';
import type { Call, CallStep, Closing, Plan, Step, VerifyStep } from './plan';
import {
  attachAll,
  detach,
  inboundPortIn,
  releaseRules,
  retireRules,
  updateMaps,
  wantedMaps,
  writeRules,
  type BpfObject,
  type PolicyMapState,
} from './plan-steps';
import { refusalsOf } from './refusals';
import { redirectPorts, type RuleState } from './rule-state';
import { verdictOf, type Mode, type Verdict, type VerdictKind } from './verdict';

/** What a plan is made from. */
export interface PlanInput {
  snapshot: Snapshot;
  node: NodeInfo;
  policy: Policy;
  mode: Mode;
  /** Null where neither the mode nor what is attached needs it. */
  object: BpfObject | null;
  /** What the maps of eBPF mode hold now; empty where it does not run. */
  policyMaps?: readonly PolicyMapState[];
  /** True: the node's own namespace too. */
  force?: boolean;
}

const verify = (title: string, ...expect: VerdictKind[]): VerifyStep => ({ kind: 'verify', title, expect });

/** Steps with what looks whether they did what they should; nothing where there is nothing to do. */
const checked = (steps: CallStep[], check: VerifyStep): Step[] =>
  steps.length === 0 ? [] : [...steps, check];

function closingOf(
  { snapshot, policy }: PlanInput,
  { hooks, rules }: Verdict,
  steps: { rules: CallStep[]; hooks: CallStep[] },
): Closing | null {
  if (steps.rules.length + steps.hooks.length === 0) return null;
  return {
    title: 'Wait for older connections to end',
    ports: steps.rules.length > 0 ? sidecarPorts(policy, rules) : [],
    origins: steps.hooks.length > 0 ? (ownMaps(snapshot, hooks).get('origins') ?? null) : null,
    steps: [...steps.rules, ...steps.hooks],
  };
}

/** Of the rules that are there, and of the policy: a hold does not tell which ports its rules had. */
const sidecarPorts = (policy: Policy, rules: readonly RuleState[]): number[] => [
  ...new Set([...redirectPorts(rules), policy.inboundPort, policy.outboundPort]),
];

type Parts = Pick<Plan, 'steps' | 'closing'>;

function toEbpf(input: PlanInput, verdict: Verdict): Parts {
  const { snapshot, policy, object, policyMaps = [] } = input;
  const { hooks, rules } = verdict;
  if (!object) throw new TypeError('eBPF mode needs its object.');
  const attached = new Set<RedirectHook>(hooks.keys());
  const whole = [...REDIRECTING_HOOKS, ...ANSWERING_HOOKS].every((hook) => attached.has(hook));
  const wanted = { maps: wantedMaps(snapshot, policy), inboundPort: policy.inboundPort };
  const listeners = ownMaps(snapshot, hooks).get('listeners');
  const steps =
    whole && policyMaps.length > 0 && listeners !== undefined
      ? updateMaps(snapshot, policy, policyMaps, listeners)
      : attachAll(snapshot, object, wanted, attached);
  const redirecting = rules.filter(({ holding }) => !holding);
  const retire = redirecting.flatMap((state) => retireRules(snapshot, state));
  const complete = redirecting.every((state) => state.whole);
  return {
    steps: [
      ...checked(steps, verify('Verify eBPF mode', ...between(redirecting, complete, 'ebpf'))),
      ...checked(retire, verify('Verify that rules no longer redirect', 'ebpf')),
    ],
    closing: closingOf(input, verdict, {
      rules: rules.flatMap((state) => releaseRules(snapshot, state)),
      hooks: [],
    }),
  };
}

/** What is to be seen when the new mode is in, and the old one not yet out. */
function between(old: readonly unknown[], complete: boolean, mode: VerdictKind): VerdictKind[] {
  if (old.length === 0) return [mode];
  return complete ? ['both'] : ['both', 'partial'];
}

/** Attaches again what is detached, with what its maps hold now; for the undo. */
function attachAgain({ snapshot, policy, object, policyMaps = [] }: PlanInput): Call[] {
  if (!object || policyMaps.length === 0) return [];
  const maps = policyMaps.map(({ map, entries }) => ({ map, entries }));
  const inboundPort = inboundPortIn(maps) ?? policy.inboundPort;
  return attachAll(snapshot, object, { maps, inboundPort }, new Set()).map(({ call }) => call);
}

const detachRedirecting = (input: PlanInput, { hooks }: Verdict): CallStep[] =>
  detach(
    input.snapshot,
    'Detach the hooks that redirect',
    REDIRECTING_HOOKS.filter((hook) => hooks.has(hook)),
    attachAgain(input),
  );

/** Detaches what answers for older connections. */
const releaseHooks = (snapshot: Snapshot, { hooks }: Verdict): CallStep[] =>
  detach(
    snapshot,
    'Detach the hooks that answered for older connections',
    ANSWERING_HOOKS.filter((hook) => hooks.has(hook)),
    [],
  );

function toIptables(input: PlanInput, verdict: Verdict): Parts {
  const { snapshot, node, policy } = input;
  const { hooks, rules } = verdict;
  const tools = node.iptables.filter(
    ({ isDefault, family }) => isDefault && (family === 'ipv4' || takesIpv6(snapshot, policy)),
  );
  const unwritten = rules.filter(
    (state) => !tools.some(({ family, backend }) => family === state.family && backend === state.backend),
  );
  const write = [
    ...tools.flatMap(({ family, backend }) => writeRules(snapshot, policy, { family, backend }, rules)),
    ...unwritten.flatMap((state) => retireRules(snapshot, state)),
  ];
  const redirecting = REDIRECTING_HOOKS.filter((hook) => hooks.has(hook));
  const whole = [...REDIRECTING_HOOKS, ...ANSWERING_HOOKS].every((hook) => hooks.has(hook));
  return {
    steps: [
      ...checked(write, verify('Verify iptables mode', ...between(redirecting, whole, 'iptables'))),
      ...checked(
        detachRedirecting(input, verdict),
        verify('Verify that hooks no longer redirect', 'iptables'),
      ),
    ],
    closing: closingOf(input, verdict, {
      rules: unwritten.flatMap((state) => releaseRules(snapshot, state)),
      hooks: releaseHooks(snapshot, verdict),
    }),
  };
}

function toNone(input: PlanInput, verdict: Verdict): Parts {
  const { snapshot } = input;
  const { rules, foreign } = verdict;
  const steps = [
    ...rules.filter(({ holding }) => !holding).flatMap((state) => retireRules(snapshot, state)),
    ...detachRedirecting(input, verdict),
  ];
  return {
    steps: checked(steps, verify('Verify that nothing redirects', foreign === null ? 'none' : 'foreign')),
    closing: closingOf(input, verdict, {
      rules: rules.flatMap((state) => releaseRules(snapshot, state)),
      hooks: releaseHooks(snapshot, verdict),
    }),
  };
}

const PLANNERS = { ebpf: toEbpf, iptables: toIptables, none: toNone } as const;

/**
 * How to bring a workload to a mode: the new mode in and verified before the old one goes. Everything that speaks against
 * it is found here, before anything is changed.
 */
export function planSwitch(input: PlanInput): Plan {
  const { snapshot, node, policy, mode } = input;
  const verdict = verdictOf(snapshot, policy, input.policyMaps);
  const options = { verdict, force: input.force ?? false, object: input.object !== null };
  const refusals = refusalsOf(snapshot, node, policy, mode, options);
  const parts = refusals.length > 0 ? { steps: [], closing: null } : PLANNERS[mode](input, verdict);
  return {
    from: verdict.kind,
    to: mode,
    ...parts,
    refusals,
    notices: noticesOf(snapshot, node, policy, mode),
  };
}
