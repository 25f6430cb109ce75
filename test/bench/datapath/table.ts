import type { Result } from './results';
import type { Unrelated } from './rules';
import type { Variant } from './variants';
import type { Workload } from './workloads';

const MICROSECONDS = [
  { unit: 's', size: 1_000_000 },
  { unit: 'ms', size: 1000 },
  { unit: 'µs', size: 1 },
] as const;

function time(microseconds: number): string {
  const { unit, size } = MICROSECONDS.find((each) => microseconds >= each.size) ?? { unit: 'µs', size: 1 };
  return `${(microseconds / size).toPrecision(3)} ${unit}`;
}

const speed: Record<Workload['counts'], (perSecond: number) => string> = {
  requests: (perSecond) => perSecond.toLocaleString('en', { maximumFractionDigits: 0 }),
  connections: (perSecond) => perSecond.toLocaleString('en', { maximumFractionDigits: 0 }),
  bytes: (perSecond) => `${(perSecond / 2 ** 20).toFixed(0)} MiB`,
};

/** Of bytes, what a MiB costs: one costs nothing that one could read. */
const cost: Record<Workload['counts'], (cpu: number) => string> = {
  requests: time,
  connections: time,
  bytes: (cpu) => `${time(cpu * 2 ** 20)}/MiB`,
};

/** `1.02 (0.98-1.04)`: a ratio and the middle half of its rounds. */
function ratio({ ratio, spread }: { ratio: number; spread: readonly [number, number] }): string {
  return `${ratio.toFixed(2)} (${spread.map((each) => each.toFixed(2)).join('-')})`;
}

/** `5,000 exclusions`, `1,000 inert rules`. */
export function unrelatedText({ kind, count }: Unrelated): string {
  return `${count.toLocaleString('en')} ${kind === 'exclusions' ? kind : `${kind} rules`}`;
}

/** The head of one row: `connections, 16 at once; 5,000 exclusions`. */
export function rowText({ workload, unrelated }: Pick<Result, 'workload' | 'unrelated'>): string {
  return workload + (unrelated ? `; ${unrelatedText(unrelated)}` : '');
}

const HEADS = [
  '',
  'a second',
  'half',
  '99 of 100',
  'processor',
  'a second',
  'half',
  '99 of 100',
  'processor',
];
const WIDTHS = [20, 10, 9, 9, 12, 17, 17, 17, 17];

const line = (cells: readonly string[]): string =>
  cells
    .map((cell, column) => (column === 0 ? cell.padEnd(20) : cell.padStart(WIDTHS[column] ?? 0)))
    .join('  ')
    .trimEnd();

/** Above all rows: what the columns are. */
export const TABLE_HEAD = `${line(['', '', '', '', '', 'ratios to the first'])}\n${line(HEADS)}`;

/** One row of the bench for people: a line for each variant. */
export function rowTable(
  results: readonly Result[],
  workload: Workload,
  variants: readonly Variant[],
): string {
  const lines = results.map(({ variant, figures: { perSecond, p50, p99, cpu } }) =>
    line([
      `  ${variants.find(({ name }) => name === variant)?.title ?? variant}`,
      speed[workload.counts](perSecond.median),
      time(p50.median),
      time(p99.median),
      cost[workload.counts](cpu.median),
      ...[perSecond, p50, p99, cpu].map(ratio),
    ]),
  );
  const [first] = results;
  return [first ? rowText(first) : workload.name, ...lines].join('\n');
}
