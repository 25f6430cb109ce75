import { median } from '../measure';
import type { Unrelated } from './rules';

/** What is measured at one time of one variant. */
export interface Sample {
  /** Requests, connections or bytes. */
  perSecond: number;
  /** Microseconds from a request, or for a new connection from connect(2), to the answer. */
  p50: number;
  p99: number;
  /** Microseconds of processor time for each of what is counted. */
  cpu: number;
}

export const FIGURES = ['perSecond', 'p50', 'p99', 'cpu'] as const satisfies (keyof Sample)[];

export type Figure = (typeof FIGURES)[number];

/** One figure of one variant. */
export interface Measured {
  median: number;
  /**
   * The median of the ratios to what it is compared with, each of one round: what slows the machine down for a while slows
   * both down.
   */
  ratio: number;
  /** The middle half of these ratios: from the first quarter to the third. */
  spread: [number, number];
}

/** What one variant came to with one workload. */
export interface Result {
  /** The names of both. */
  workload: string;
  variant: string;
  unrelated: Unrelated | null;
  figures: Record<Figure, Measured>;
}

/** The value below which this part of the values is, between the two values next to it. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * part;
  const low = sorted[Math.floor(place)];
  const high = sorted[Math.ceil(place)];
  if (low === undefined || high === undefined) throw new Error('nothing was measured');
  return low + (high - low) * (place - Math.floor(place));
}

/**
 * @param samples one of each round
 * @param base those of what it is compared with, of the same rounds
 */
export function figuresOf(samples: readonly Sample[], base: readonly Sample[]): Record<Figure, Measured> {
  const figure = (name: Figure): Measured => {
    const values = samples.map((sample) => sample[name]);
    const ratios = values.map((value, round) => value / (base[round]?.[name] ?? NaN));
    const spread: [number, number] = [quantile(ratios, 0.25), quantile(ratios, 0.75)];
    return { median: median(values), ratio: median(ratios), spread };
  };
  return { perSecond: figure('perSecond'), p50: figure('p50'), p99: figure('p99'), cpu: figure('cpu') };
}
