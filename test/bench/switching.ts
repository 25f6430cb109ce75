import { Playground } from '../../playground/playground';
import type { Mode, Plan } from '../../src/core/redirect';
import { localNode } from '../../src/nodes';
import { preparePlan, switchWorkload } from '../../src/redirect';
import { Bare } from './bare';
import { median, type Row, timed } from './measure';
import { AGENTS, connect, requestsOn, settle, withSshNode } from './node';

const ROUNDS = 7;

/** Each way once around. */
const WAYS = [
  { name: 'none to iptables', to: 'iptables' },
  { name: 'iptables to eBPF', to: 'ebpf' },
  { name: 'eBPF to iptables', to: 'iptables' },
  { name: 'iptables to none', to: 'none' },
  { name: 'none to eBPF', to: 'ebpf' },
  { name: 'eBPF to none', to: 'none' },
] as const satisfies { name: string; to: Mode }[];

/** Makes the bare calls of a plan, and takes them back; gives the milliseconds of the way there. */
async function thereAndBack(bare: Bare, { steps, undoClosing }: Plan): Promise<number> {
  let taken = 0;
  for (const { call } of steps) taken += await bare.make(call);
  for (const { undo } of steps.toReversed()) for (const call of undo) await bare.make(call);
  for (const { call } of undoClosing?.steps ?? []) await bare.make(call);
  return taken;
}

/**
 * Each switch over ssh, from the call to the confirmation over another connection; beside the sum of what
 * it has the kernel do (restoring the same rules, loading and attaching the same programs), made directly and in turn.
 */
export function switching(): Promise<Row[]> {
  return withSshNode(async (node) => {
    const playground = await Playground.start({ prefix: 'bench', ipv6: true });
    const connection = await connect(node);
    const local = await connect(localNode(AGENTS));
    const request = requestsOn(node, connection);
    const times = WAYS.map(({ name }) => ({ name, bare: [] as number[], whole: [] as number[] }));
    try {
      await playground.hush();
      const bare = new Bare(local.agent, playground.server);
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const [index, { to }] of WAYS.entries()) {
          const asked = request(playground.server, to);
          await settle(asked);
          times[index]?.bare.push(await thereAndBack(bare, await preparePlan(asked)));
          times[index]?.whole.push(await timed(() => switchWorkload(asked)));
        }
      }
    } finally {
      local.dispose();
      connection.dispose();
      await playground.stop();
    }
    return times.flatMap(({ name, bare, whole }): Row[] => [
      { what: `${name}, bare operations`, value: median(bare), unit: 'ms' },
      { what: `${name}, the switch`, value: median(whole), unit: 'ms' },
      { what: `${name}, the switch to bare operations`, value: median(whole) / median(bare), unit: 'times' },
    ]);
  });
}
