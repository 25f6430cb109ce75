import { Load, type LoadTotals } from '../../playground/load';
import { Playground } from '../../playground/playground';
import type { Pod } from '../../playground/pod';
import { track } from '../../playground/track';
import type { Backend } from '../../src/core/model';
import type { Mode } from '../../src/core/redirect';
import type { Connection, Node } from '../../src/nodes';
import { switchWorkload } from '../../src/redirect';
import { median, timed, type Row } from './measure';
import { connect, requestsOn, withSshNode } from './node';

/** New connections a second: what has to be reached, and what is begun, for a machine that is late now and then. */
const RATE = { least: 1000, begun: 1050 };
/** Connections that last for the whole time, and that are made anew every third of a second. */
const CONNECTIONS = { persistent: 50, lasting: 20, lifetime: 15, pause: 20 };
const SWITCHES = 20;
const SECONDS = 30;

interface Variant {
  backend: Backend;
  /** Whether connection tracking is at work before anything is switched, by a rule of somebody else. */
  tracked: boolean;
}

const VARIANTS: Variant[] = (['nft', 'legacy'] as const).flatMap((backend) =>
  [false, true].map((tracked) => ({ backend, tracked })),
);

/** What one run came to. */
interface Run {
  totals: LoadTotals;
  /** New connections that went past the client's sidecar. */
  past: number;
  /** Milliseconds of each switch of one pod, from the call to the confirmation and the last look. */
  switches: number[];
  /** Segments that TCP had to send again, in both pods: what was lost on the way without a failure. */
  resent: number;
}

async function resent(pods: readonly Pod[]): Promise<number> {
  const counts = await Promise.all(
    pods.map(async (pod) => {
      const { stdout } = await pod.run(['grep', '^Tcp:', '/proc/net/snmp']);
      const [names = [], values = []] = stdout.split('\n').map((line) => line.split(' '));
      return Number(values[names.indexOf('RetransSegs')]);
    }),
  );
  return counts.reduce((total, count) => total + count, 0);
}

/** Both pods are switched back and forth, evenly over the time, while the load goes on. */
async function underLoad(
  { pods, client, server }: Playground,
  to: (pod: Pod, mode: Mode) => Promise<unknown>,
): Promise<Run> {
  const before = await resent(pods);
  const load = await Load.start(client, server, {
    ...CONNECTIONS,
    rate: RATE.begun,
    sidecar: true,
    families: ['ipv4', 'ipv6'],
  });
  const switches: number[] = [];
  for (let round = 0; round < SWITCHES; round += 1) {
    for (const pod of pods) switches.push(await timed(() => to(pod, round % 2 === 0 ? 'iptables' : 'ebpf')));
    await load.until(({ milliseconds }) => milliseconds >= ((round + 1) / SWITCHES) * SECONDS * 1000);
  }
  const totals = await load.stop();
  return {
    totals,
    past: totals.opened - (await load.redirected()).outbound,
    switches,
    resent: (await resent(pods)) - before,
  };
}

async function run(node: Node, connection: Connection, { backend, tracked }: Variant): Promise<Run> {
  const playground = await Playground.start({ prefix: 'bench-load', ipv6: true });
  try {
    const request = requestsOn(node, connection, backend);
    const to = (pod: Pod, mode: Mode) => switchWorkload(request(pod, mode));
    await playground.hush();
    for (const pod of playground.pods) {
      if (tracked) await track(pod, backend);
      await to(pod, 'ebpf');
    }
    return await underLoad(playground, to);
  } finally {
    await playground.stop();
  }
}

function rowsOf({ backend, tracked }: Variant, { totals, past, switches, resent }: Run): Row[] {
  const name = `${backend}, ${tracked ? 'tracked before' : 'not tracked before'}:`;
  const { failures, errors, requests } = totals;
  for (const error of errors) process.stderr.write(`  ${name} ${error}\n`);
  const ms = (what: string, microseconds: number): Row => ({
    what: `${name} ${what}`,
    value: microseconds / 1000,
    unit: 'ms',
  });
  const count = (what: string, value: number): Row => ({ what: `${name} ${what}`, value, unit: 'count' });
  return [
    { what: `${name} new connections`, value: totals.new.perSecond, unit: 'perSecond', least: RATE.least },
    count('new connections, answered', totals.new.ok),
    count('requests over lasting ones, answered', requests.ok),
    { ...count('failed', failures.all), limit: 0 },
    count('of these reset', failures.reset),
    { ...count('wrongly routed', failures.wrong + past), limit: 0 },
    count('segments sent again', resent),
    ms('new connection, half', totals.new.p50),
    ms('new connection, 99 of 100', totals.new.p99),
    ms('request, half', requests.p50),
    ms('request, 99 of 100', requests.p99),
    ms('longest stall', totals.longestStall),
    count('switches of a pod', switches.length),
    { what: `${name} switch of a pod, median`, value: median(switches), unit: 'ms' },
    { what: `${name} switch of a pod, longest`, value: Math.max(...switches), unit: 'ms' },
  ];
}

/** 50 lasting and 1,000 new connections a second for 30 s while two pods are switched 20 times: none may be lost. */
export function switchUnderLoad(): Promise<Row[]> {
  return withSshNode(async (node) => {
    const connection = await connect(node);
    const rows: Row[] = [];
    try {
      for (const variant of VARIANTS) rows.push(...rowsOf(variant, await run(node, connection, variant)));
    } finally {
      connection.dispose();
    }
    return rows;
  });
}
