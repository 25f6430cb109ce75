import type { NodeInfo } from '../../core/model';
import type { Call } from '../../core/redirect';
import { quoteCommand } from '../../nodes/ssh/quote';

/** What a person has to know to do on a node by hand what a plan does. */
export interface ByHand {
  node: Pick<NodeInfo, 'iptables' | 'bpffs'>;
  /** What leads a command into the workload's network; null where nothing does. */
  enter: readonly string[] | null;
}

/** Ends what a shell passes on to a command. */
const END = 'MESH_REDIRECT';

type Tool = Pick<Extract<Call, { verb: 'iptables/restore' }>['params'], 'family' | 'backend'>;

/** `iptables-save`, or with its back-end where that is not the one that the plain name means. */
function toolName({ family, backend }: Tool, { iptables }: ByHand['node'], action: string): string {
  const plain = iptables.some((tool) => tool.isDefault && tool.family === family && tool.backend === backend);
  return `${family === 'ipv4' ? 'iptables' : 'ip6tables'}${plain ? '' : `-${backend}`}-${action}`;
}

const hexBytes = (hex: string): string[] => ['hex', ...(hex.match(/../g) ?? [])];

/**
 * What a person types on the node, as root, for what a call does there: one command a line. Null where no command does it, because
 * the agent does it itself through libbpf and netlink.
 */
export function byHand(call: Call, { node, enter }: ByHand): string | null {
  switch (call.verb) {
    case 'iptables/restore': {
      if (enter === null) return null;
      const wait = call.params.backend === 'legacy' ? ['-w', String(call.params.waitSeconds)] : [];
      const argv = [...enter, toolName(call.params, node, 'restore'), '--noflush', ...wait];
      return `${quoteCommand(argv)} <<'${END}'\n${call.params.text.trimEnd()}\n${END}`;
    }
    case 'workload/verify': {
      const { rules } = call.params;
      if (enter === null || rules.length === 0) return null;
      const look = (tool: Tool): string =>
        quoteCommand([...enter, toolName(tool, node, 'save'), '-t', 'nat']);
      return rules.map(look).join('\n');
    }
    case 'bpf/detach': {
      const directory = `${node.bpffs ?? '/sys/fs/bpf'}/mesh-redirect/${call.params.workload}`;
      return quoteCommand(['rm', ...call.params.hooks.map((hook) => `${directory}/${hook}`)]);
    }
    case 'maps/update': {
      const { map, set, delete: gone } = call.params;
      const bpftool = (action: string, key: string): string[] => [
        ...['bpftool', 'map', action, 'id', String(map), 'key', ...hexBytes(key)],
      ];
      return [
        ...set.map(({ key, value }) => [...bpftool('update', key), 'value', ...hexBytes(value)]),
        ...gone.map((key) => bpftool('delete', key)),
      ]
        .map(quoteCommand)
        .join('\n');
    }
    case 'bpf/load':
    case 'bpf/attach':
    case 'listeners/adopt':
    case 'conntrack/forget':
    case 'acceleration/stop':
      return null;
  }
}
