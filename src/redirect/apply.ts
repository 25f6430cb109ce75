import type { CallStep, Plan, Step, VerifyStep } from '../core/redirect';
import type { Policy } from '../core/policy';
import type { Agent } from '../nodes/agent/agent';
import { AgentError } from '../nodes/errors';
import { Calls } from './calls';
import { SwitchError, VerifyError, type Undone } from './errors';
import { observe } from './observe';

/** Told before each step: its title, and which of how many it is (from 1). */
export type OnStep = (title: string, number: number, count: number) => void;

export interface ApplyOptions {
  workload: string;
  policy: Policy;
  signal?: AbortSignal | undefined;
  onStep?: OnStep | undefined;
}

async function verify(
  agent: Agent,
  { expect }: VerifyStep,
  { workload, policy }: ApplyOptions,
): Promise<void> {
  const { verdict } = await observe(agent, workload, policy);
  if (expect.includes(verdict.kind)) return;
  const lines = [...verdict.missing, ...verdict.evidence];
  throw new VerifyError(
    `The verdict is "${verdict.kind}", and should be "${expect.join('" or "')}". ${lines.join(' ')}`.trim(),
  );
}

/** Takes back what was done, latest first. Goes on where one part fails. */
async function undo(calls: Calls, done: readonly CallStep[]): Promise<unknown[]> {
  const failures: unknown[] = [];
  for (const step of [...done].reverse()) {
    for (const call of step.undo) {
      try {
        await calls.make(call);
      } catch (error) {
        failures.push(error);
        break;
      }
    }
  }
  return failures;
}

/** Whether the agent said that the call did nothing. Else (time-out, lost connection) it may have been carried out. */
const didNothing = (error: unknown): boolean => error instanceof AgentError;

/** For a step whose outcome is not known: that there was nothing to undo is no failure. */
async function undoUncertain(calls: Calls, step: CallStep): Promise<unknown[]> {
  const failures = await undo(calls, [step]);
  return failures.filter((failure) => !didNothing(failure));
}

/**
 * Carries out the steps of a plan, in order. Where one fails or the signal is aborted, what was done is taken back,
 * latest first. Rejects with SwitchError. The signal is looked at between steps: a step that has begun comes to its end.
 */
export async function applyPlan(agent: Agent, plan: Plan, options: ApplyOptions): Promise<void> {
  const calls = new Calls(agent);
  const done: CallStep[] = [];
  for (const [index, step] of plan.steps.entries()) {
    try {
      options.signal?.throwIfAborted();
      options.onStep?.(step.title, index + 1, plan.steps.length);
      if (step.kind === 'verify') await verify(agent, step, options);
      else await calls.make(step.call);
    } catch (error) {
      throw await failed(calls, done, step, error, options.signal?.aborted === true);
    }
    if (step.kind === 'call') done.push(step);
  }
}

async function failed(
  calls: Calls,
  done: readonly CallStep[],
  step: Step,
  error: unknown,
  aborted: boolean,
): Promise<SwitchError> {
  const uncertain = step.kind === 'call' && !aborted && !didNothing(error);
  const failures = uncertain ? await undoUncertain(calls, step) : [];
  failures.push(...(await undo(calls, done)));
  const undone: Undone =
    failures.length > 0 ? 'undo-failed' : done.length === 0 ? 'nothing-to-undo' : 'undone';
  const cause = failures.length > 0 ? new AggregateError([error, ...failures], messageOf(error)) : error;
  return new SwitchError(aborted ? 'aborted' : 'failed', step.title, undone, cause);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
