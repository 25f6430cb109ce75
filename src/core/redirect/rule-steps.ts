import { HOLD, NOTHING, transitionText, withHoldOf, type Redirection } from '../iptables';
import type { Call, RuleExpectation, Step } from './plan';
import { rulesName } from './rule-state';
import type { Tool } from './tool';
import { expectRules } from './verify-step';

/** How long iptables waits for another process's xtables lock. */
const WAIT_SECONDS = 10;

/** What one change of the rules of a family in a back-end comes to. */
export interface RuleChange {
  step: Step;
  expectation: RuleExpectation;
  /** Lets go of what the undo of the step keeps for the connections that it translated meanwhile; null: of nothing. */
  release: { title: string; call: Call } | null;
}

const restore = (workload: string, tool: Tool, text: string): Call => ({
  verb: 'iptables/restore',
  params: { workload, family: tool.family, backend: tool.backend, text, waitSeconds: WAIT_SECONDS },
});

/** Lets go of the connections that rules translated: takes a hold away. Null where there is none. */
export function releaseRules(
  workload: string,
  tool: Tool,
  from: Redirection,
  to: Redirection,
): { title: string; call: Call } | null {
  const text = transitionText(from, to);
  if (text === null) return null;
  const title = `Let go of the connections that ${rulesName(tool)} translated`;
  return { title, call: restore(workload, tool, text) };
}

/**
 * Has connection tracking begin, where there are no rules of ours yet, before anything is translated. It is not undone at
 * once: what was translated afterwards needs it, until it is released.
 */
export function beginTracking(workload: string, tool: Tool): RuleChange | null {
  const text = transitionText(NOTHING, HOLD);
  if (text === null) return null;
  const title = `Begin to track connections for the ${rulesName(tool)}`;
  return {
    step: { title, call: restore(workload, tool, text), undo: [] },
    expectation: expectRules(tool, NOTHING, HOLD),
    release: releaseRules(workload, tool, HOLD, NOTHING),
  };
}

/**
 * Leads the rules of one family in one back-end from one state to another; null where both are the same. Its undo keeps
 * the connections translated that were made in between.
 */
export function changeRules(
  workload: string,
  title: string,
  tool: Tool,
  from: Redirection,
  to: Redirection,
): RuleChange | null {
  const back = withHoldOf(from, to);
  const forth = transitionText(from, to);
  const undo = transitionText(to, back);
  if (forth === null || undo === null) return null;
  return {
    step: { title, call: restore(workload, tool, forth), undo: [restore(workload, tool, undo)] },
    expectation: expectRules(tool, from, to),
    release: releaseRules(workload, tool, back, from),
  };
}
