import { Playground } from '../../playground/playground';
import { removeText, restoreText, parseRuleset } from '../../src/core/iptables';
import { DEFAULT_POLICY } from '../../src/core/policy';
import type { Mode } from '../../src/core/redirect';
import { switchWorkload } from '../../src/redirect';
import { median, type Row, timed } from './measure';
import { connect, OBJECTS, withSshNode } from './node';

const ROUNDS = 7;

/** Each switch, verified, over ssh and under traffic; beside `iptables-restore` alone on the same pod, in turn. */
export function switching(): Promise<Row[]> {
  return withSshNode(async (node) => {
    const playground = await Playground.start({ prefix: 'bench' });
    const connection = await connect(node);
    const pod = playground.server;
    const restore = (input: string | null) =>
      pod.run(['iptables-restore', '--noflush'], { input: input ?? '' });
    const rulesNow = async () => parseRuleset((await pod.run(['iptables-save'])).stdout);
    const to = (mode: Mode) =>
      switchWorkload({
        connection,
        workloadId: pod.workloadId,
        policy: DEFAULT_POLICY,
        to: mode,
        objectsDirectory: OBJECTS,
        reconnect: () => connect(node),
        holder: 'bench@here',
        drain: 0, // how long older connections stay is their own affair
      });
    const times = { alone: [], iptables: [], ebpf: [], back: [], none: [] } as Record<string, number[]>;
    const measure = async (name: string, work: () => Promise<unknown>): Promise<void> => {
      times[name]?.push(await timed(work));
    };
    try {
      for (let round = 0; round < ROUNDS; round += 1) {
        const rules = restoreText(null, DEFAULT_POLICY, 'ipv4', { podAddress: pod.address });
        await measure('alone', () => restore(rules));
        await restore(removeText(await rulesNow()));
        await measure('iptables', () => to('iptables'));
        await measure('ebpf', () => to('ebpf'));
        await measure('back', () => to('iptables'));
        await measure('none', () => to('none'));
      }
    } finally {
      connection.dispose();
      await playground.stop();
    }
    return rowsOf(times);
  });
}

const NAMES = {
  iptables: 'switch none to iptables',
  ebpf: 'switch iptables to eBPF',
  back: 'switch eBPF to iptables',
  none: 'switch iptables to none',
};

function rowsOf(times: Record<string, number[]>): Row[] {
  const alone = median(times['alone'] ?? []);
  return [
    { what: 'iptables-restore alone', value: alone, unit: 'ms' },
    ...Object.entries(NAMES).flatMap(([name, what]): Row[] => {
      const value = median(times[name] ?? []);
      return [
        { what, value, unit: 'ms' },
        { what: `${what}, to iptables-restore alone`, value: value / alone, unit: 'times' },
      ];
    }),
  ];
}
