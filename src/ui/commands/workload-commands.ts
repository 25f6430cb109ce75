import type { Mode } from '../../core/redirect';
import type { Failures } from '../failures';
import type { InspectorPanels } from '../inspector/panels';
import type { NodeRegistry } from '../nodes/node-registry';
import type { WorkloadEntry } from '../nodes/workload-entry';
import type { Switcher } from '../switching';
import { COMMANDS } from './ids';
import { pickWorkload } from './pick';
import { CommandGroup, type CommandHandler } from './register';

const PLACEHOLDERS: Readonly<Record<Mode, string>> = {
  ebpf: 'Workload to switch to eBPF',
  iptables: 'Workload to switch to iptables',
  none: 'Workload to remove the redirection from',
};

/** Switching and inspecting workloads. */
export function workloadCommands(
  registry: NodeRegistry,
  switcher: Switcher,
  inspectors: InspectorPanels,
  failures: Failures,
): CommandGroup {
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
    [COMMANDS.workloadInspect]: async (element) => {
      const workload = await pickWorkload(registry, element, {
        placeHolder: 'Workload whose rules to inspect',
        suitable: () => true,
        nothing: nothing(),
      });
      if (workload) inspectors.open(workload);
    },
  });
}

/**
 * Whether a switch would change anything: also one to the mode that is there, where that is not what the policy says, or
 * where something stays for older connections. Whether it can be made is the plan's to say.
 */
function isSuitable({ workload, observation, switchingTo }: WorkloadEntry, mode: Mode): boolean {
  if (workload.host || switchingTo !== null || observation.kind !== 'observed') return false;
  const { kind, differences, draining } = observation.verdict;
  return kind !== mode || draining || (mode !== 'none' && differences.length > 0);
}
