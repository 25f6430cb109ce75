import type { ConnectionFate, Mode, Plan, VerdictKind } from '../../core/redirect';
import { modeName, verdictLook } from '../tree/verdict-look';
import type { Saved } from './saved-states';

/** What a switch came to, as far as a person is told. */
export interface Outcome {
  plan: Pick<Plan, 'steps' | 'connections' | 'notices'>;
  /** Older connections that are still open. */
  remaining: number;
}

/** The title of the progress of a switch. `where` as `placeText` gives it. */
export function switchTitle(where: string, mode: Mode): string {
  return mode === 'none' ? `Removing the redirection of ${where}` : `Switching ${where} to ${modeName(mode)}`;
}

/** What redirects now, what becomes of older connections, and what one should know. */
export function switchOutcome(where: string, mode: Mode, { plan, remaining }: Outcome): string {
  const changed = plan.steps.length > 0;
  const done =
    mode === 'none'
      ? `The traffic of ${where} is ${changed ? 'no longer' : 'not'} redirected.`
      : `The traffic of ${where} is ${changed ? 'now' : 'already'} redirected by ${modeName(mode)}.`;
  return [done, ...olderText(plan, remaining), ...plan.notices].join(' ');
}

/** The same of a workload that was brought back to what it was. */
export function rollBackOutcome(where: string, mode: Mode, { plan, remaining }: Outcome): string {
  const now = mode === 'none' ? 'not redirected' : `redirected by ${modeName(mode)}`;
  const done = `The traffic of ${where} is as it was before the last switch: ${now}.`;
  return [done, ...olderText(plan, remaining), ...plan.notices].join(' ');
}

function olderText({ connections }: Outcome['plan'], remaining: number): string[] {
  const [broken, ...others] = connections.filter(({ keeps }) => !keeps);
  return [
    ...(remaining === 1 ? ['1 older connection keeps its way until it closes.'] : []),
    ...(remaining > 1 ? [`${remaining} older connections keep their way until they close.`] : []),
    ...(broken ? [`${others.length + 1} may have broken: ${broken.why}.`] : []),
  ];
}

/** What a plan would do, in a sentence or two: before anything is done. */
export function planSummary({ steps, connections, notices }: Outcome['plan']): string {
  if (steps.length === 0) return ['It is so already: nothing would change.', ...notices].join(' ');
  const count = steps.length === 1 ? '1 step' : `${steps.length} steps`;
  return [`Nothing was changed yet. It takes ${count}.`, fatesText(connections), ...notices].join(' ');
}

function fatesText(connections: readonly ConnectionFate[]): string {
  const cut = connections.filter(({ keeps }) => !keeps);
  const kept = connections.length - cut.length;
  const [first] = cut;
  if (connections.length === 0) return 'No connection is open.';
  const keep = kept === 1 ? '1 open connection keeps its way.' : `${kept} open connections keep their way.`;
  if (first === undefined) return keep;
  return `${kept === 0 ? '' : `${keep} `}${cut.length} may break: ${first.why}.`;
}

/** When it was switched, from what to what, and where rolling back leads. `now`: the verdict, null while unknown. */
export function rollBackText({ at, to, state }: Saved, now: VerdictKind | null): string {
  return [
    `Switched: ${new Date(at).toLocaleString()}, from ${verdictLook(state.verdict).text} to ${modeName(to)}.`,
    ...(now === null || now === to ? [] : [`Since then it has changed: it is ${verdictLook(now).text} now.`]),
    `Rolling back leads to: ${verdictLook(state.verdict).text}, with the very rules and settings that were there.`,
    'It is a switch like any other: verified, confirmed, and taken back if anything goes wrong.',
  ].join('\n');
}

/** What is at stake; `sshPort` is the one that the node is reached by, null where it is reached otherwise. */
export function hostStakes(name: string, sshPort: number | null): string {
  const ssh =
    sshPort === null
      ? 'The SSH port stays exempt.'
      : `Port ${sshPort}, by which it is reached over SSH, stays exempt.`;
  return `This changes how the traffic of the node itself, and of every pod on the host network, is redirected: all of it can be cut off. ${ssh} Type the node’s name, ${name}, to go on.`;
}
