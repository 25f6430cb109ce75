/** The messages between the extension and the board of a roll-out. */
import * as z from 'zod';

/** Where a workload is on its way (src/redirect/roll-out.ts). */
export const StageKind = z.enum([
  'waiting',
  'switching',
  'verifying',
  'done',
  'failed',
  'undoing',
  'undone',
  'stuck',
]);
export type StageKind = z.infer<typeof StageKind>;

export interface BoardRow {
  id: string;
  /** `default/web`, and where there are several nodes, on which. */
  workload: string;
  node: string;
  stage: StageKind;
  /** The step that it is at, or what came of it. */
  text: string;
  /** What redirects it, as far as it was seen: `eBPF`. */
  verdict: string;
}

export interface Board {
  title: string;
  /** `3 of 12 are done`; what came of it in the end. */
  summary: string;
  state: 'running' | 'undoing' | 'done' | 'failed' | 'cancelled';
  /** Whether there is something that could be brought back. */
  canUndo: boolean;
  rows: BoardRow[];
}

export type ToBoard = { type: 'board'; board: Board };

export const FromBoard = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('cancel') }),
  z.object({ type: z.literal('undo-all') }),
  z.object({ type: z.literal('save') }),
]);
export type FromBoard = z.infer<typeof FromBoard>;
