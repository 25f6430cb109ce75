import { join } from 'node:path';
import { execa } from 'execa';
import { median, type Row } from './measure';

const SIZES = [1_000, 10_000, 50_000, 100_000];
const ROUNDS = 5;
const MB = 1024 * 1024;

/** Milliseconds to parse one ruleset and to diff two, and the bytes by which the process grew. */
interface Once {
  parse: number;
  diff: number;
  memory: number;
}

async function once(rules: number): Promise<Once> {
  const script = join(import.meta.dirname, 'parse-once.ts');
  const { stdout } = await execa(process.execPath, ['--import=tsx', script, String(rules)]);
  return JSON.parse(stdout) as Once;
}

/** Reading and comparing rulesets like kube-proxy's, sizes interleaved. The cost per rule tells whether it is linear. */
export async function parsing(): Promise<Row[]> {
  const results = new Map<number, Once[]>(SIZES.map((size) => [size, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [size, rounds] of results) rounds.push(await once(size));
  }
  const total = (size: number): number =>
    median((results.get(size) ?? []).map(({ parse, diff }) => parse + diff));
  const rows = [...results].map(([size, rounds]): Row => {
    const what = `parse and diff of ${size.toLocaleString('en')} rules`;
    const value = median(rounds.map(({ parse, diff }) => parse + diff));
    return size === 50_000 ? { what, value, unit: 'ms', limit: 1000 } : { what, value, unit: 'ms' };
  });
  const memory = median((results.get(50_000) ?? []).map((round) => round.memory));
  return [
    ...rows,
    {
      what: 'memory for two rulesets of 50,000 rules and their texts',
      value: memory,
      unit: 'bytes',
      limit: 200 * MB,
    },
    {
      what: 'cost of a rule at 100,000 rules to one at 10,000',
      value: total(100_000) / 100_000 / (total(10_000) / 10_000),
      unit: 'times',
    },
  ];
}
