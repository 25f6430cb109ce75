import * as z from 'zod';

/** How far a switch of a workload has come. docs/agent-protocol.md, "Switches". */
export const SwitchState = z.enum([
  /** Its steps are being carried out. */
  'applying',
  /** All steps are done and hold; taken back at the deadline unless confirmed. */
  'armed',
  /** Confirmed. What older connections need is kept until they end. */
  'closing',
  /** Confirmed, and over. */
  'closed',
  /** Being taken back. */
  'reverting',
  /** Taken back. What connections of the time between need is kept until they end. */
  'reverted',
  /** It could not be taken back whole. Its journal stays, and the next `switch/recover` tries again. */
  'undo-failed',
]);
export type SwitchState = z.infer<typeof SwitchState>;

/** A switch as its journal on the node tells it. */
export const SwitchJournal = z.object({
  switch: z.string(),
  workload: z.string(),
  title: z.string(),
  /** Who began it: `alice@laptop`. */
  holder: z.string(),
  state: SwitchState,
  /** Milliseconds since the epoch, by the node's clock. */
  started: z.number(),
  /** True while its keeper runs; else it was cut off, and `switch/recover` ends it. */
  kept: z.boolean(),
});
export type SwitchJournal = z.infer<typeof SwitchJournal>;

/** What became of a switch that had been cut off. */
export const Recovered = z.object({
  switch: z.string(),
  workload: z.string(),
  title: z.string(),
  holder: z.string(),
  /** `gone`: the workload had ended, and nothing was left to take back. */
  outcome: z.enum(['reverted', 'closed', 'gone', 'undo-failed']),
  failure: z.string().nullable(),
});
export type Recovered = z.infer<typeof Recovered>;
