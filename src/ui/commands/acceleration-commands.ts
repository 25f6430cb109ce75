import type { Accelerator } from '../acceleration/accelerator';
import type { Failures } from '../failures';
import type { NodeRegistry } from '../nodes/node-registry';
import type { WorkloadEntry } from '../nodes/workload-entry';
import { COMMANDS } from './ids';
import { pickWorkload } from './pick';
import { CommandGroup } from './register';

export interface AccelerationCommandParts {
  registry: NodeRegistry;
  accelerator: Accelerator;
  failures: Failures;
}

/** Turning acceleration of a workload on and off. */
export function accelerationCommands({
  registry,
  accelerator,
  failures,
}: AccelerationCommandParts): CommandGroup {
  const pick = (element: unknown, placeHolder: string, suitable: (entry: WorkloadEntry) => boolean) =>
    pickWorkload(registry, element, {
      placeHolder,
      suitable: (entry) => entry.switchingTo === null && !entry.node.readOnly && suitable(entry),
      nothing: registry.connected.length === 0 ? 'Connect to a node first.' : 'No workload is suitable.',
    });
  return new CommandGroup(failures, {
    [COMMANDS.workloadAccelerate]: async (element) => {
      const workload = await pick(element, 'Workload to accelerate', mayBeAccelerated);
      if (workload) await accelerator.turnOn(workload);
    },
    [COMMANDS.workloadDecelerate]: async (element) => {
      const workload = await pick(element, 'Workload to accelerate no more', isAccelerated);
      if (workload) await accelerator.turnOff(workload);
    },
  });
}

const isAccelerated = ({ observation }: WorkloadEntry): boolean =>
  observation.kind === 'observed' && observation.verdict.accelerated;

const mayBeAccelerated = ({ observation }: WorkloadEntry): boolean =>
  observation.kind === 'observed' && observation.verdict.kind === 'ebpf' && !observation.verdict.accelerated;
