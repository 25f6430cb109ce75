import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Backend } from '../../src/core/model';
import { TestAgent, until } from '../kernel/agent/harness';
import { Pod } from '../kernel/agent/pod';
import { median, type Row } from './measure';

interface Size {
  backend: Backend;
  rules: number;
  perChain: number;
  /** How many times as much iptables-save -c has to take. */
  least?: number;
}

const SIZES: Size[] = [
  { backend: 'nft', rules: 100, perChain: 10 },
  { backend: 'nft', rules: 10_000, perChain: 20, least: 10 },
  { backend: 'nft', rules: 10_000, perChain: 10_000, least: 10 },
  { backend: 'nft', rules: 50_000, perChain: 2, least: 50 },
  { backend: 'legacy', rules: 10_000, perChain: 20, least: 10 },
  { backend: 'legacy', rules: 50_000, perChain: 2 },
];
const ROUNDS = 5;
/** Rows that are on a screen. */
const SEEN = 50;
/** Of these, rules that count what is sent to ports from this one on. */
const PORT = 9000;
const PORTS = 10;
/** The inspector's own, in milliseconds. */
const INTERVAL = 1000;
/** In a round. Not each look costs the same: large tables of the legacy back-end are read now and then. */
const LOOKS = 3;

function text({ rules, perChain }: Size): string {
  const chains = Array.from({ length: Math.ceil(rules / perChain) }, (_, at) => `SVC-${at}`);
  const sent = Array.from({ length: PORTS }, (_, at) => `-A OUTPUT -p udp -m udp --dport ${PORT + at}`);
  const others = Array.from({ length: rules - PORTS }, (_, at) => {
    const address = `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`;
    const comment = `-m comment --comment "default/service-${at}:http"`;
    return `-A SVC-${Math.floor(at / perChain)} -d ${address}/32 -p tcp ${comment} -m tcp --dport 80 -j RETURN`;
  });
  return ['*filter', ...chains.map((name) => `:${name} - [0:0]`), ...sent, ...others, 'COMMIT', ''].join(
    '\n',
  );
}

/** Milliseconds of CPU that a process has used by itself. */
async function cpuOf(pid: number): Promise<number> {
  const [nanoseconds] = (await readFile(`/proc/${pid}/schedstat`, 'utf8')).split(' ');
  return Number(nanoseconds) / 1e6;
}

/** Milliseconds of CPU that iptables-save -c takes, without what enters the namespace. */
async function cpuOfSave(pod: Pod, backend: Backend): Promise<number> {
  const script = `TIMEFORMAT='%U %S'; time iptables-${backend}-save -c > /dev/null`;
  const said = await pod.run(['bash', '-c', `{ ${script}; } 2>&1`]);
  const [user = NaN, system = NaN] = said.trim().split(' ').map(Number);
  return (user + system) * 1000;
}

const send = (pod: Pod, ports: number): Promise<string> =>
  pod.run([
    'bash',
    '-c',
    `for at in $(seq ${ports}); do echo x > /dev/udp/127.0.0.1/$((${PORT - 1} + at)); done`,
  ]);

/** What a look takes, on average, beside what iptables-save takes; bytes that come when so many counters grew. */
interface Measured {
  tick: number;
  save: number;
  bytes: Map<number, number>;
}

async function measure(size: Size, pod: Pod, agent: TestAgent): Promise<Measured> {
  let received = 0;
  agent.child.stdout.on('data', (bytes: Buffer) => (received += bytes.length));
  const { id } = await agent.workload(pod.name);
  const what = { workload: id, interval: INTERVAL, rulesets: true, attachments: true, maps: [], known: [] };
  await agent.client.request('watch/start', { watch: 'w', ...what });
  const first = await agent.change('w', ({ rulesets }) => rulesets !== undefined);
  const told = first.rulesets?.find((one) => one.backend === size.backend);
  const lines = told && 'text' in told ? told.text.split('\n') : [];
  const top = lines.findIndex((line) => line.includes(`--dport ${PORT}`));
  const rulesets = [{ family: 'ipv4', backend: size.backend, lines: [[top, top + SEEN - 1]] }] as const;
  await agent.client.request('watch/visible', structuredClone({ watch: 'w', rulesets, maps: [] }) as never);
  await sleep(INTERVAL * LOOKS);
  const saves: number[] = [];
  let looked = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = await cpuOf(agent.pid);
    await sleep(INTERVAL * LOOKS);
    looked += (await cpuOf(agent.pid)) - before;
    saves.push(await cpuOfSave(pod, size.backend));
  }
  const bytes = new Map<number, number>();
  for (const grown of [0, 1, PORTS]) {
    received = 0;
    if (grown > 0) {
      await send(pod, grown);
      await until(() => (received > 0 ? true : undefined));
    }
    await sleep(INTERVAL * LOOKS);
    bytes.set(grown, received);
  }
  return { tick: looked / ROUNDS / LOOKS, save: median(saves), bytes };
}

async function rowsOf(size: Size): Promise<Row[]> {
  const { backend, rules, perChain, least } = size;
  const pod = await Pod.make(`bench-${backend}-${rules}-${perChain}`);
  const agent = new TestAgent();
  try {
    await pod.run([`iptables-${backend}-restore`], text(size));
    const { tick, save, bytes } = await measure(size, pod, agent);
    const of = `${rules} rules, ${perChain} a chain, ${backend}`;
    return [
      { what: `CPU of a look a second: ${of}`, value: tick, unit: 'ms' },
      { what: `CPU of iptables-save -c: ${of}`, value: save, unit: 'ms' },
      {
        what: `so much more: ${of}`,
        value: save / tick,
        unit: 'times',
        ...(least === undefined ? {} : { least }),
      },
      ...[...bytes].map(([grown, value]): Row => ({
        what: `bytes when ${grown} of ${SEEN} grew: ${of}`,
        value,
        unit: 'count',
        ...(grown === 0 ? { limit: 0 } : {}),
      })),
    ];
  } finally {
    await agent.stop();
    await pod.remove();
  }
}

/** What it costs a node that somebody looks at its rules, beside running iptables-save -c each time. */
export async function watching(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const size of SIZES) rows.push(...(await rowsOf(size)));
  return rows;
}
