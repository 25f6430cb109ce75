import type { Mode } from '../../core/redirect';
import type { Failures } from '../failures';
import type { Comparer } from '../inspector/compare';
import type { InspectorPanels } from '../inspector/panels';
import type { NodeRegistry } from '../nodes/node-registry';
import { WorkloadEntry } from '../nodes/workload-entry';
import { pickMode } from '../switching/pick-mode';
import type { Previewer } from '../switching/previewer';
import type { SavedStates } from '../switching/saved-states';
import type { Switcher } from '../switching/switcher';
import { COMMANDS } from './ids';
import { chosen, pickWorkload } from './pick';
import { CommandGroup, type CommandHandler } from './register';

const PLACEHOLDERS: Readonly<Record<Mode, string>> = {
  ebpf: 'Workload to switch to eBPF',
  iptables: 'Workload to switch to iptables',
  none: 'Workload to remove the redirection from',
};

export interface WorkloadCommandParts {
  registry: NodeRegistry;
  switcher: Switcher;
  previewer: Previewer;
  comparer: Comparer;
  saved: SavedStates;
  inspectors: InspectorPanels;
  failures: Failures;
}

/** Switching, previewing, comparing, rolling back and inspecting workloads. */
export function workloadCommands(parts: WorkloadCommandParts): CommandGroup {
  const { registry, switcher, previewer, comparer, saved, inspectors, failures } = parts;
  const nothing = () =>
    registry.connected.length === 0 ? 'Connect to a node first.' : 'No workload is suitable.';
  const switchTo =
    (mode: Mode): CommandHandler =>
    async (element) => {
      const workload = await pickWorkload(registry, element, {
        placeHolder: PLACEHOLDERS[mode],
        suitable: (entry) => isSuitable(entry, mode),
        nothing: nothing(),
      });
      if (workload) await switcher.switch(workload, mode);
    };
  return new CommandGroup(failures, {
    [COMMANDS.workloadSwitchToEbpf]: switchTo('ebpf'),
    [COMMANDS.workloadSwitchToIptables]: switchTo('iptables'),
    [COMMANDS.workloadRemoveRedirection]: switchTo('none'),
    [COMMANDS.workloadPreviewSwitch]: async (element) => {
      const workload = await pickWorkload(registry, element, {
        placeHolder: 'Workload whose switch to preview',
        suitable: isObserved,
        nothing: nothing(),
      });
      const mode = workload && (await pickMode(workload));
      if (workload && mode) await previewer.preview(workload, mode);
    },
    [COMMANDS.workloadCompareModes]: async (element) => {
      const workload = await pickWorkload(registry, element, {
        placeHolder: 'Workload whose modes to compare',
        suitable: isObserved,
        nothing: nothing(),
      });
      if (workload) await comparer.modes(workload);
    },
    [COMMANDS.workloadRollBack]: async (element) => {
      const workload = await pickWorkload(registry, element, {
        placeHolder: 'Workload to roll back to before its last switch',
        suitable: (entry) =>
          entry.switchingTo === null && !entry.node.readOnly && saved.of(entry.key()) !== null,
        nothing:
          registry.connected.length === 0 ? nothing() : 'No switch is remembered that could be rolled back.',
      });
      if (workload) await switcher.rollBack(workload);
    },
    [COMMANDS.workloadInspect]: async (element, selection) => {
      const workloads = await chosen(WorkloadEntry, selection, () =>
        pickWorkload(registry, element, {
          placeHolder: 'Workload whose rules to inspect',
          suitable: () => true,
          nothing: nothing(),
        }),
      );
      for (const workload of workloads) inspectors.open(workload);
    },
  });
}

const isObserved = ({ observation, switchingTo }: WorkloadEntry): boolean =>
  switchingTo === null && observation.kind === 'observed';

/**
 * Whether a switch would change anything: also one to the mode that is there, where that is not what the policy says, or
 * where something stays for older connections. Whether it can be made is the plan's to say.
 */
function isSuitable({ node, observation, switchingTo }: WorkloadEntry, mode: Mode): boolean {
  if (switchingTo !== null || node.readOnly || observation.kind !== 'observed') return false;
  const { kind, differences, draining } = observation.verdict;
  return kind !== mode || draining || (mode !== 'none' && differences.length > 0);
}
