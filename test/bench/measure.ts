/** One line of the bench. */
export interface Row {
  what: string;
  value: number;
  unit: 'bytes' | 'ms' | 'times' | 'perSecond' | 'count';
  /** What it must not exceed. */
  limit?: number;
  /** What it must reach. */
  least?: number;
}

/** Something that is measured: what has to be cleaned up has been when it resolves. */
export type Bench = () => Promise<Row[]>;

/** The one in the middle, or the mean of both in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const low = sorted[Math.floor((sorted.length - 1) / 2)];
  const high = sorted[Math.ceil((sorted.length - 1) / 2)];
  if (low === undefined || high === undefined) throw new Error('nothing was measured');
  return (low + high) / 2;
}

/** Does it, and gives the milliseconds it took. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
