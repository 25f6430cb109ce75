import type { Refusal } from '../core/redirect';

/** How far the undo of a failed switch came. */
export type Undone =
  /** Nothing had been changed yet. */
  | 'nothing-to-undo'
  /** Everything is as it was before. */
  | 'undone'
  /** Some of it could not be taken back; look at the workload again. */
  | 'undo-failed'
  /** The node could not be asked any more: it takes it back by itself, unless it was taken back already. */
  | 'by-itself'
  /** It had been confirmed before it could be taken back. */
  | 'confirmed';

const OUTCOMES: Readonly<Record<Undone, string>> = {
  'nothing-to-undo': 'Nothing was changed.',
  undone: 'Everything that had been done was taken back.',
  'undo-failed':
    'What had been done could not be taken back whole: refresh the node to see what redirects now.',
  'by-itself': 'What was not confirmed the node takes back by itself.',
  confirmed: 'It had been confirmed by then, and stays as it is now.',
};

const REMEDIES: Readonly<Record<Undone, string>> = {
  'nothing-to-undo': 'See the log for every command that was run, then try again.',
  undone: 'See the log for every command that was run, then try again.',
  'undo-failed':
    'Connect again: what was cut off is taken back then. Or switch again: that repairs what is there in part.',
  confirmed: 'Roll back to what was before, if it should not stay.',
  'by-itself': 'Connect again, and look at the workload after the deadline of the switch.',
};

/** A reason comes from many programs, and a sentence follows it. */
const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

/** A switch did not come to its end. `cause` is what went wrong. */
export class SwitchError extends Error {
  override readonly name = 'SwitchError';
  readonly kind: 'aborted' | 'failed';
  /** The title of the step at which it ended. */
  readonly step: string;
  readonly undone: Undone;
  readonly remedy: string;

  constructor(kind: 'aborted' | 'failed', step: string, undone: Undone, cause: unknown) {
    const reason = sentence(cause instanceof Error ? cause.message : String(cause));
    const what =
      kind === 'aborted' ? `The switch was cancelled at "${step}".` : `"${step}" failed: ${reason}`;
    super(`${what} ${OUTCOMES[undone]}`, { cause });
    this.kind = kind;
    this.step = step;
    this.undone = undone;
    this.remedy = REMEDIES[undone];
  }
}

/** A switch was refused before anything was changed. */
export class SwitchRefused extends Error {
  override readonly name = 'SwitchRefused';
  readonly refusals: readonly Refusal[];
  /** What to do about each of them. */
  readonly remedy: string;

  constructor(refusals: readonly [Refusal, ...Refusal[]]) {
    super(refusals.map(({ message }) => message).join(' '));
    this.refusals = refusals;
    this.remedy = [...new Set(refusals.map(({ remedy }) => remedy))].join(' ');
  }
}

/** After all steps the workload was not as the plan said it would be. */
export class VerifyError extends Error {
  override readonly name = 'VerifyError';
}

/** The BPF objects of the extension cannot be used. */
export class ObjectError extends Error {
  override readonly name = 'ObjectError';
  readonly kind: 'missing' | 'manifest' | 'mismatch';
  readonly remedy = 'Install the extension again.';

  constructor(kind: 'missing' | 'manifest' | 'mismatch', message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
