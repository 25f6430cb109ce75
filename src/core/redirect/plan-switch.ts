import type { EstablishedConnection, NodeInfo, Snapshot } from '../model';
import type { Policy } from '../policy';
import { policyIn } from './families';
import { fatesOf } from './fates';
import type { BpfObject, PolicyMapState } from './hook-steps';
import { noticesOf } from './notices';
import type { Plan } from './plan';
import { previewOf } from './preview';
import { refusalsOf } from './refusals';
import { savedState, targetFrom, targetOf, type SavedState, type Target } from './target';
import { sameTool } from './tool';
import { transition } from './transition';
import { verdictOf, type Mode, type Verdict, type VerdictKind } from './verdict';

/** What a plan is made from. */
export interface PlanInput {
  snapshot: Snapshot;
  node: NodeInfo;
  policy: Policy;
  /** Where to: a mode under the policy, or what redirected at an earlier moment. */
  to: Mode | SavedState;
  /** Null where neither the mode nor what is attached needs it. */
  object: BpfObject | null;
  /** What the maps of eBPF mode hold now; empty where it does not run. */
  policyMaps?: readonly PolicyMapState[];
  /** The connections that are open now. */
  connections?: readonly EstablishedConnection[];
  /** True: the node's own namespace too. */
  force?: boolean;
}

const NOTHING: Target = { rules: [], hooks: null };

const modeOf = (to: PlanInput['to']): Mode => (typeof to === 'string' ? to : to.mode);

const wantedOf = ({ snapshot, node, policy, to }: PlanInput): Target =>
  typeof to === 'string' ? targetOf(snapshot, node, policy, to) : targetFrom(to, snapshot);

function expectedOf({ to }: PlanInput, { rules, hooks }: Target, { foreign }: Verdict): VerdictKind[] {
  const rest: VerdictKind = foreign === null ? 'none' : 'foreign';
  const byRules: VerdictKind = rules.length > 0 ? 'iptables' : rest;
  const wanted = hooks === null ? byRules : rules.length > 0 ? 'both' : 'ebpf';
  return typeof to === 'string' ? [wanted] : [...new Set<VerdictKind>([wanted, to.verdict])];
}

/** What of the present redirection is not to stay. */
function leavingOf({ rules, hooks }: Verdict, target: Target) {
  const translating = rules.filter(({ holding }) => !holding);
  return {
    rules: translating.some((state) => !target.rules.some((kept) => sameTool(state, kept))),
    hooks: hooks.size > 0 && target.hooks === null,
  };
}

/**
 * How to bring a workload to a mode, or back to what it was: the new in and verified before the old goes. Everything that
 * speaks against it is found here, before anything is changed.
 */
export function planSwitch(input: PlanInput): Plan {
  const { snapshot, node, object, policyMaps = [], connections = [] } = input;
  const mode = modeOf(input.to);
  const policy = policyIn(snapshot, input.policy);
  const verdict = verdictOf(snapshot, policy, policyMaps, node.iptables);
  const refusals = refusalsOf(snapshot, node, policy, mode, {
    verdict,
    force: input.force ?? false,
    object: object !== null,
  });
  const target = refusals.length > 0 ? NOTHING : wantedOf({ ...input, policy });
  const parts =
    refusals.length > 0
      ? { steps: [], closing: null, undoClosing: null }
      : transition({ snapshot, policy, verdict, object, policyMaps }, target);
  const fates = fatesOf(snapshot, policy, verdict, leavingOf(verdict, target), connections);
  return {
    from: verdict.kind,
    to: mode,
    expect: expectedOf(input, target, verdict),
    ...parts,
    refusals,
    notices: noticesOf(snapshot, node, policy, mode),
    connections: fates,
    before: savedState(snapshot, verdict, policyMaps),
    preview: previewOf({ snapshot, verdict, policyMaps }, target, fates),
  };
}
