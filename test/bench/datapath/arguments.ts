import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { Options, Part } from './datapath';
import { KINDS } from './rules';
import { LIMITS, VARIANTS, type Variant } from './variants';
import { WORKLOADS } from './workloads';

const names = (variants: readonly Variant[]): string => variants.map(({ name }) => name).join(', ');

export const USAGE = `Options:
  --quick            3 rounds of 150 ms and no unrelated rules: to try something out
  --rounds N         7 by default
  --milliseconds N   of one sample: 250 by default
  --only TEXT        workloads with this in their name; may be given more than once
  --variants A,B     of ${names(VARIANTS)}, and these limits: ${names(LIMITS)};
                     the first is what others are compared with
  --rules A,B        counts of unrelated rules: 100,1000,5000 by default; 0: none
  --processors A,B   that all pods run on, or any: the last one by default
  --plot FILE        where to write the plot, an SVG`;

/** Workloads that are also measured with unrelated rules: these cost connections, if anything. */
const BURDENED = ['requests, 64 × 64 B', 'connections, 16 at once'];

/** What is wrong with the command line, for people. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError';
}

export interface Arguments extends Options {
  plot: string | null;
}

function numbers(option: string, text: string, least: number): number[] {
  return text.split(',').map((each) => {
    const value = Number(each);
    if (each === '' || !Number.isInteger(value) || value < least)
      throw new ArgumentError(`--${option}: ${each || 'nothing'} is no number from ${least} on`);
    return value;
  });
}

function variantsOf(text: string): Variant[] {
  return text.split(',').map((name) => {
    const variant = [...VARIANTS, ...LIMITS].find((each) => each.name === name);
    if (!variant) throw new ArgumentError(`--variants: there is no ${name}`);
    return variant;
  });
}

/** Without unrelated rules, then with more and more of each kind. */
function partsOf(only: readonly string[], counts: readonly number[]): Part[] {
  const workloads = WORKLOADS.filter(({ name }) => !only.length || only.some((each) => name.includes(each)));
  if (!workloads.length) throw new ArgumentError(`--only: no workload has this in its name`);
  const burdened = workloads.filter(({ name }) => BURDENED.includes(name));
  const plain = [{ unrelated: null, workloads }];
  const wanted = counts.filter((count) => count > 0).sort((a, b) => a - b);
  if (!burdened.length) return plain;
  return [
    ...plain,
    ...KINDS.flatMap((kind) => wanted.map((count) => ({ unrelated: { kind, count }, workloads: burdened }))),
  ];
}

/** @throws ArgumentError */
export function parseArguments(argv: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      milliseconds: { type: 'string' },
      only: { type: 'string', multiple: true, default: [] },
      variants: { type: 'string' },
      rules: { type: 'string' },
      processors: { type: 'string' },
      plot: { type: 'string' },
    },
  });
  const usual = values.quick
    ? { rounds: '3', milliseconds: '150', rules: '0' }
    : { rounds: '7', milliseconds: '250', rules: '100,1000,5000' };
  const { rounds, milliseconds, rules } = { ...usual, ...values };
  const processors = values.processors ?? String(availableParallelism() - 1);
  return {
    prefix: 'dp',
    variants: values.variants === undefined ? VARIANTS : variantsOf(values.variants),
    parts: partsOf(values.only, numbers('rules', rules, 0)),
    rounds: numbers('rounds', rounds, 1)[0] ?? 0,
    duration: numbers('milliseconds', milliseconds, 10)[0] ?? 0,
    processors: processors === 'any' ? [] : numbers('processors', processors, 0),
    plot: values.plot ?? null,
  };
}
