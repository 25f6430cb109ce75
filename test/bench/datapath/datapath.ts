import { localNode } from '../../../src/nodes';
import { switchWorkload, turnOnAcceleration } from '../../../src/redirect';
import { AGENTS, connect, requestsOn } from '../node';
import { figuresOf, type Result, type Sample } from './results';
import type { Unrelated } from './rules';
import { Stage } from './stage';
import type { Variant, Ways } from './variants';
import type { Workload } from './workloads';

/** What is measured together: each workload with each variant, and that many unrelated rules. */
export interface Part {
  unrelated: Unrelated | null;
  workloads: readonly Workload[];
}

export interface Options {
  /** Of the names of what is made, so that two that run side by side do not meet. */
  prefix: string;
  /** The first one is what the others are compared with. */
  variants: readonly Variant[];
  /** In the same pods, one after another. */
  parts: readonly Part[];
  rounds: number;
  /** Milliseconds of one sample. */
  duration: number;
  /** That all pods run on, by number; empty: on any. */
  processors: readonly number[];
}

/** Gives what was measured, row by row, as it comes. What has to be cleaned up has been when it ends. */
export async function* datapath(options: Options): AsyncGenerator<Result[]> {
  const node = localNode(AGENTS);
  const connection = await connect(node);
  const request = requestsOn(node, connection);
  const stages: Stage[] = [];
  try {
    const ways: Ways = {
      toEbpf: (pod, policy) => switchWorkload(request(pod, 'ebpf', policy)),
      accelerate: (pod) => turnOnAcceleration(request(pod, 'ebpf')),
    };
    for (const variant of options.variants) stages.push(await Stage.start(variant, ways, options));
    for (const { unrelated, workloads } of options.parts) {
      for (const stage of stages) await stage.burden(unrelated);
      for (const workload of workloads) yield await row(stages, workload, unrelated, options);
    }
  } finally {
    for (const stage of stages) await stage.stop();
    connection.dispose();
  }
}

/** All variants in turn, and another one first in each round. */
async function row(
  stages: readonly Stage[],
  workload: Workload,
  unrelated: Unrelated | null,
  { rounds, duration }: Options,
): Promise<Result[]> {
  const samples = new Map<Stage, Sample[]>(stages.map((stage) => [stage, []]));
  for (let round = 0; round < rounds; round += 1) {
    const first = round % stages.length;
    for (const stage of [...stages.slice(first), ...stages.slice(0, first)])
      samples.get(stage)?.push(await stage.sample(workload, duration));
  }
  const [base = []] = samples.values();
  return [...samples].map(([{ variant }, own]) => ({
    workload: workload.name,
    variant: variant.name,
    unrelated,
    figures: figuresOf(own, base),
  }));
}
