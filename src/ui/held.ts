import * as z from 'zod';
import { SwitchState } from '../core/model';
import type { AgentError } from '../nodes/errors';
import type { Explanation } from './errors';

/** `data` of `workload-held` (docs/agent-protocol.md). */
const Held = z.object({
  holder: z.string(),
  title: z.string(),
  state: SwitchState,
  /** Milliseconds since the epoch, by the node's clock. */
  started: z.number(),
});

const STATES: Readonly<Record<SwitchState, string>> = {
  applying: 'is being carried out',
  armed: 'waits for its confirmation',
  closing: 'is confirmed',
  closed: 'is over',
  reverting: 'is being taken back',
  reverted: 'was taken back',
  'undo-failed': 'could not be taken back whole',
};

const WAIT =
  'Wait until it is over, or ask them, and then try again. A switch that nobody confirms takes itself back at its deadline.';
const MEND = 'Disconnect from the node and connect again: that tries once more to take it back.';

/** Who holds a workload, since when, with what, and what to do. Null where the agent does not say. */
export function explainHeld({ data }: AgentError): Explanation | null {
  const held = Held.safeParse(data);
  if (!held.success) return null;
  const { holder, title, state, started } = held.data;
  const since = new Date(started).toLocaleString();
  return {
    message: `${holder} holds this workload since ${since}: "${title}" ${STATES[state]}.`,
    remedy: state === 'undo-failed' ? MEND : WAIT,
  };
}
