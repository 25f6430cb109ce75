import type { Stages } from './compare';
import { podServices } from './served';
import { Stage } from './stages';

/** A pod in each mode, made before the tests of a suite and removed after them. */
export function useStages(listeners: 'apart' | 'together'): () => Stages {
  const made: Stage[] = [];
  let stages: Stages | null = null;
  const make = async (mode: Stage['mode']): Promise<Stage> => {
    const stage = await Stage.make(mode, podServices(listeners));
    made.push(stage);
    return stage;
  };
  before(async () => {
    stages = { nft: await make('nft'), legacy: await make('legacy'), ebpf: await make('ebpf') };
  });
  after(async () => {
    for (const stage of made) await stage.remove();
  });
  return () => {
    if (!stages) throw new Error('the stages are made before the tests');
    return stages;
  };
}
