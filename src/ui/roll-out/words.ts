import { counted } from '../../core/counted';
import { markdownTable, plain } from '../../core/markdown';
import type { Mode } from '../../core/redirect';
import type { Board, BoardRow, StageKind } from '../../protocol/board';
import { modeName } from '../tree/verdict-look';

/** `Switch 12 workloads of mesh to eBPF`. */
export function rollOutTitle(where: string, mode: Mode, count: number): string {
  const what = counted(count, 'workload');
  return mode === 'none'
    ? `Remove the redirection of ${what} of ${where}`
    : `Switch ${what} of ${where} to ${modeName(mode)}`;
}

/** What a person is told before they begin it. */
export function rollOutStakes(same: number, others: number, batch: number): string {
  const first = `One workload first, and when it is verified with real connections the others, ${batch} at once. At the first that fails it stops.`;
  const already = same === 0 ? [] : [`${same} more ${same === 1 ? 'is' : 'are'} so already.`];
  const left =
    others === 0
      ? []
      : [
          `${others} ${others === 1 ? 'is' : 'are'} left out: without a sidecar, of another mesh, on a read-only node, or the node itself.`,
        ];
  return [first, ...already, ...left].join(' ');
}

const ENDED: readonly StageKind[] = ['done', 'failed', 'undone', 'stuck'];

/** How far it has come, or what came of it, in a sentence. */
export function rollOutSummary(state: Board['state'], stages: readonly StageKind[]): string {
  const count = (...kinds: StageKind[]): number => stages.filter((stage) => kinds.includes(stage)).length;
  const all = counted(stages.length, 'workload');
  const parts = [
    `${count('done')} of ${all} switched and verified`,
    ...(count('failed') > 0 ? [`${count('failed')} failed`] : []),
    ...(count('undone') > 0 ? [`${count('undone')} brought back`] : []),
    ...(count('stuck') > 0 ? [`${count('stuck')} could not be brought back`] : []),
    ...(count('waiting') > 0 && state !== 'running' ? [`${count('waiting')} not begun`] : []),
  ].join(', ');
  switch (state) {
    case 'running':
      return `${stages.filter((stage) => ENDED.includes(stage)).length} of ${all} are through: ${parts}.`;
    case 'undoing':
      return `Bringing back: ${parts}.`;
    case 'done':
      return `Done: ${parts}.`;
    case 'failed':
      return `Stopped at a failure: ${parts}.`;
    case 'cancelled':
      return `Cancelled: ${parts}.`;
  }
}

/** The board as a page in Markdown, to be kept. `began` and `now` are times as a person writes them. */
export function rollOutPage({ title, summary, rows }: Board, began: string, now: string): string {
  const cells = ({ workload, node, stage, text, verdict }: BoardRow): string[] =>
    [workload, node, stage, text, verdict].map(plain);
  return [
    `# ${plain(title)}`,
    '',
    plain(summary),
    '',
    `Begun ${plain(began)}, written ${plain(now)}.`,
    '',
    ...markdownTable(['Workload', 'Node', 'Stage', 'What came of it', 'Verdict'], rows.map(cells)),
    '',
  ].join('\n');
}
