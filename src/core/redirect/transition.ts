import type { MapContents } from '../ebpf';
import { HOLD, NOTHING, afterRemoval } from '../iptables';
import type { RedirectHook, Snapshot } from '../model';
import type { Policy } from '../policy';
import {
  attachAll,
  detachRedirecting,
  releaseHooks,
  updateMaps,
  type BpfObject,
  type LoadInput,
  type PolicyMapState,
} from './hook-steps';
import { ANSWERING_HOOKS, REDIRECTING_HOOKS, ownMaps } from './hooks';
import type { Closing, Plan, RuleExpectation, Step } from './plan';
import { beginTracking, changeRules, releaseRules, type RuleChange } from './rule-steps';
import { redirectPorts, rulesName, type RuleState } from './rule-state';
import type { RuleTarget, Target } from './target';
import { sameTool } from './tool';
import { expectRules, verifyStep } from './verify-step';
import type { Verdict } from './verdict';

/** What a transition begins with. */
export interface Present {
  snapshot: Snapshot;
  policy: Policy;
  verdict: Verdict;
  object: BpfObject | null;
  policyMaps: readonly PolicyMapState[];
}

type Parts = Pick<Plan, 'steps' | 'closing' | 'undoClosing'>;

const isPresent = <T>(value: T | null): value is T => value !== null;

/** The rules to be written where there are none of ours in their family: with them, connection tracking may begin. */
const beginning = ({ verdict }: Present, { rules }: Target): RuleTarget[] =>
  rules.filter(({ family }) => !verdict.rules.some((state) => state.family === family));

/** Writes what rules there are to be, whatever rules are there by then. */
function rulesIn(present: Present, target: Target): RuleChange[] {
  const { snapshot, verdict } = present;
  const begun = beginning(present, target);
  return target.rules
    .map((wanted) => {
      const state = verdict.rules.find((state) => sameTool(state, wanted));
      const from = state?.redirection ?? (begun.includes(wanted) ? HOLD : NOTHING);
      const title = `Write the ${rulesName(wanted)}`;
      return changeRules(snapshot.workload.id, title, wanted, from, wanted.redirection);
    })
    .filter(isPresent);
}

/**
 * Has connection tracking begin before anything is translated, if it does not work yet. What it knew before it stopped is
 * not true any more: it would take connections for others. What it knew of those that are open now is true until they
 * close, and is looked at again when their end would be seen.
 */
function trackingBegins(present: Present, target: Target): { steps: Step[]; changes: RuleChange[] } {
  const workload = present.snapshot.workload.id;
  const changes = beginning(present, target)
    .map((tool) => beginTracking(workload, tool))
    .filter(isPresent);
  const forget = (title: string): Step => ({
    title,
    call: { verb: 'conntrack/forget', params: { workload } },
    undo: [],
  });
  if (changes.length === 0) return { steps: [], changes };
  const steps = [
    forget('Forget what connection tracking knew before it stopped'),
    ...changes.map(({ step }) => step),
    forget('Forget what has closed unseen'),
  ];
  return { steps, changes };
}

/** Rules that are to redirect no longer. */
const leavingRules = ({ verdict }: Present, target: Target): RuleState[] =>
  verdict.rules.filter((state) => !target.rules.some((wanted) => sameTool(state, wanted)));

/** Takes rules away, but for the hold that lets translated connections end in peace. */
function rulesOut(present: Present, target: Target): RuleChange[] {
  return leavingRules(present, target)
    .filter(({ holding }) => !holding)
    .map((state) => {
      const { redirection } = state;
      const title = `Remove the ${rulesName(state)}`;
      return changeRules(present.snapshot.workload.id, title, state, redirection, afterRemoval(redirection));
    })
    .filter(isPresent);
}

const allHooks = [...ANSWERING_HOOKS, ...REDIRECTING_HOOKS];

function loadInput(present: Present, maps: readonly MapContents[]): LoadInput {
  const { snapshot, verdict, object } = present;
  if (!object) throw new TypeError('eBPF mode needs its object.');
  return { workload: snapshot.workload.id, object, maps, present: ownMaps(snapshot, verdict.hooks) };
}

/** Attaches what is to be attached; where all is attached, changes what the maps hold. */
function hooksIn(present: Present, target: Target): Step[] {
  const { snapshot, verdict, policyMaps } = present;
  if (target.hooks === null) return [];
  const listeners = ownMaps(snapshot, verdict.hooks).get('listeners');
  const whole = allHooks.every((hook) => verdict.hooks.has(hook));
  if (whole && policyMaps.length > 0 && listeners !== undefined) {
    return updateMaps(snapshot.workload.id, policyMaps, target.hooks, listeners);
  }
  const hooks = new Set<RedirectHook>(verdict.hooks.keys());
  return attachAll(loadInput(present, target.hooks), { hooks, maps: policyMaps });
}

function hooksOut(present: Present, target: Target): Step[] {
  const attached = new Set<RedirectHook>(present.verdict.hooks.keys());
  if (target.hooks !== null || !REDIRECTING_HOOKS.some((hook) => attached.has(hook))) return [];
  return detachRedirecting(loadInput(present, present.policyMaps), attached);
}

/** Steps with what looks whether they did what they should; nothing where there is nothing to do. */
function checked(
  steps: Step[],
  { snapshot: { workload } }: Present,
  title: string,
  expected: { rules: RuleExpectation[]; attached: readonly string[]; detached: readonly string[] },
): Step[] {
  return steps.length === 0 ? [] : [...steps, verifyStep(workload.id, title, expected.rules, expected)];
}

/** That what is to be changed is still what it was when the change was planned. */
function unchanged({ snapshot, verdict }: Present, tools: readonly RuleTarget[]): Step {
  const states = verdict.rules.map((state) => expectRules(state, NOTHING, state.redirection));
  const absent = tools
    .filter((tool) => !verdict.rules.some((state) => sameTool(state, tool)))
    .map((tool) => expectRules(tool, tool.redirection, NOTHING));
  const attached = allHooks.filter((hook) => verdict.hooks.has(hook));
  const detached = allHooks.filter((hook) => !verdict.hooks.has(hook));
  const title = 'See that nothing has changed since it was planned';
  return verifyStep(snapshot.workload.id, title, [...states, ...absent], { attached, detached });
}

const sidecarPorts = (policy: Policy, rules: readonly RuleState[]): number[] => [
  ...new Set([...redirectPorts(rules), policy.inboundPort, policy.outboundPort]),
];

/** Null where nothing is left to do. Rules do not tell by a hold which ports they had: the policy's count as well. */
function closingOf(
  { policy, verdict }: Present,
  rules: Closing['steps'],
  hooks: Closing['steps'],
): Closing | null {
  if (rules.length + hooks.length === 0) return null;
  return {
    ports: rules.length > 0 ? sidecarPorts(policy, verdict.rules) : [],
    origins: hooks.length > 0,
    steps: [...rules, ...hooks],
  };
}

/**
 * Acceleration goes with the connections of eBPF mode: until they close they keep their way, and where the switch is
 * taken back it is still on. What rules redirect it never sees as a pair: the two ends have other addresses there.
 */
function stopAcceleration({ snapshot: { workload, acceleration } }: Present): Closing['steps'] {
  return acceleration === null
    ? []
    : [
        {
          title: 'Turn off acceleration',
          call: { verb: 'acceleration/stop', params: { workload: workload.id } },
        },
      ];
}

function forward(present: Present, target: Target): Closing | null {
  const { workload } = present.snapshot;
  const rules = leavingRules(present, target)
    .map((state) => releaseRules(workload.id, state, afterRemoval(state.redirection), NOTHING))
    .filter(isPresent);
  if (target.hooks !== null) return closingOf(present, rules, []);
  const answering = ANSWERING_HOOKS.filter((hook) => present.verdict.hooks.has(hook));
  return closingOf(present, rules, [...stopAcceleration(present), ...releaseHooks(workload.id, answering)]);
}

function backward(present: Present, changes: readonly RuleChange[], hooks: readonly Step[]): Closing | null {
  const rules = changes.map(({ release }) => release).filter(isPresent);
  const added = ANSWERING_HOOKS.filter((hook) => !present.verdict.hooks.has(hook));
  const attaches = hooks.some(({ call }) => call.verb === 'bpf/attach');
  return closingOf(present, rules, releaseHooks(present.snapshot.workload.id, attaches ? added : []));
}

/**
 * The steps from what is there to a target: make before break. What redirects by then is in place and verified before
 * anything goes, and what older connections need stays until they have closed (`closing`), also after everything was
 * taken back (`undoClosing`).
 */
export function transition(present: Present, target: Target): Parts {
  const [rulesNew, rulesOld] = [rulesIn(present, target), rulesOut(present, target)];
  const [hooksNew, hooksOld] = [hooksIn(present, target), hooksOut(present, target)];
  const expectations = (changes: readonly RuleChange[]) => changes.map(({ expectation }) => expectation);
  const attached = target.hooks === null ? [] : allHooks;
  const madeTitle = 'Verify that the new way is in place';
  const written = rulesNew.map(({ step }) => step);
  const begun = trackingBegins(present, target);
  const made = checked([...hooksNew, ...begun.steps, ...written], present, madeTitle, {
    rules: expectations(rulesNew),
    attached,
    detached: [],
  });
  const broken = checked(
    [...rulesOld.map(({ step }) => step), ...hooksOld],
    present,
    'Verify that the old way is gone',
    {
      rules: expectations([...rulesNew, ...rulesOld]),
      attached,
      detached: hooksOld.length > 0 ? REDIRECTING_HOOKS : [],
    },
  );
  const steps = [...made, ...broken];
  return {
    steps: steps.length === 0 ? [] : [unchanged(present, target.rules), ...steps],
    closing: forward(present, target),
    undoClosing: backward(present, [...begun.changes, ...rulesNew, ...rulesOld], hooksNew),
  };
}
