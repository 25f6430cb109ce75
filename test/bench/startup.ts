import type { Pod } from '../../playground/pod';
import { Playground } from '../../playground/playground';
import { run } from '../../playground/run';
import { startSshd, type Sshd } from '../../playground/sshd';
import { parseRuleset } from '../../src/core/iptables';
import type { Mode } from '../../src/core/redirect';
import { sshNode, type Connection, type Node } from '../../src/nodes';
import type { WatchChanged } from '../../src/nodes/agent/protocol';
import { switchWorkload } from '../../src/redirect';
import { settingsFor } from '../nodes/fixture';
import { askForTree } from '../nodes/round-trips';
import { median, timed, type Row } from './measure';
import { AGENTS, connect, requestsOn, settle } from './node';
import { SlowWay } from './slow-way';

/** Milliseconds of a round trip. */
const DELAYS = [0, 20, 100];
const ROUNDS = 5;
const INTERVAL = 1000;
const WATCH = 'bench';

/** What is timed, each with its words. */
const THINGS = {
  bare: '`ssh host true`',
  tree: 'from Connect to what the first tree shows',
  rows: 'from Inspect Rules to the rules, read',
  snapshot: 'a snapshot',
  switching: 'a switch, until it is confirmed',
} as const;

type Thing = keyof typeof THINGS;
/** Milliseconds. */
type Times = Record<Thing, number>;

/** By OpenSSH, without what a person may have configured. */
async function bareSsh({ host, user, identityFile, knownHostsFile }: Sshd, port: number): Promise<void> {
  const options = ['BatchMode=yes', 'IdentitiesOnly=yes', `UserKnownHostsFile=${knownHostsFile}`];
  await run([
    ...['ssh', '-F', '/dev/null', '-p', `${port}`, '-i', identityFile],
    ...options.flatMap((option) => ['-o', option]),
    ...[`${user}@${host}`, 'true'],
  ]);
}

/** What the tree asks first: the workloads, the pods, and then what redirects each of ours. */
async function firstTree(connection: Connection, ours: readonly Pod[]): Promise<void> {
  const { agent } = connection;
  await askForTree(connection, new AbortController().signal);
  await Promise.all(ours.map(({ workloadId: workload }) => agent.request('snapshot', { workload })));
}

/** Has a workload's rules watched, as the inspector does, and reads them when they have come. */
async function firstRows({ agent }: Connection, workload: string): Promise<void> {
  const first = new Promise<WatchChanged>((resolve) => {
    agent.on('watch/changed', (change) => {
      if (change.watch === WATCH) resolve(change);
    });
  });
  const asked = {
    watch: WATCH,
    workload,
    interval: INTERVAL,
    rulesets: true,
    attachments: true,
    maps: [],
    known: [],
  };
  await agent.request('watch/start', asked);
  const texts = ((await first).rulesets ?? []).flatMap((one) => ('text' in one ? [one.text] : []));
  const chains = texts.flatMap((text) => parseRuleset(text).tables.flatMap((table) => table.chains));
  if (chains.length === 0) throw new Error('there are no rules to be shown');
}

/** All things once, one after the other. */
async function once(playground: Playground, sshd: Sshd, node: Node, port: number, to: Mode): Promise<Times> {
  const { client, server } = playground;
  const bare = await timed(() => bareSsh(sshd, port));
  const begun = performance.now();
  const connection = await connect(node);
  await firstTree(connection, playground.pods);
  const tree = performance.now() - begun;
  const rows = await timed(() => firstRows(connection, client.workloadId));
  await connection.agent.request('watch/stop', { watch: WATCH });
  const snapshot = await timed(() => connection.agent.request('snapshot', { workload: server.workloadId }));
  const request = requestsOn(node, connection)(server, to);
  await settle(request);
  const switching = await timed(() => switchWorkload(request));
  connection.dispose();
  return { bare, tree, rows, snapshot, switching };
}

function rowsOf(delay: number, rounds: readonly Times[]): Row[] {
  const things = Object.entries(THINGS) as [Thing, string][];
  return things.flatMap(([thing, words]): Row[] => {
    const what = `${delay} ms: ${words}`;
    const value = median(rounds.map((times) => times[thing]));
    const toBare = median(rounds.map((times) => times[thing] / times.bare));
    return [
      { what, value, unit: 'ms' },
      ...(thing === 'bare' ? [] : [{ what: `${what}, to that`, value: toBare, unit: 'times' } as const]),
    ];
  });
}

/**
 * What a person waits for who comes to a node over ssh, by the time that a round trip takes, until all is there that is then
 * drawn. Each beside `ssh host true` over the same way, in turn.
 */
export async function startup(): Promise<Row[]> {
  const playground = await Playground.start({ prefix: 'bench-start', mode: 'iptables' });
  const sshd = await startSshd();
  const way = await SlowWay.to(sshd.port);
  sshd.knownAt(way.port);
  const node = sshNode(settingsFor(sshd, { port: way.port }), AGENTS);
  const rounds = new Map<number, Times[]>(DELAYS.map((delay) => [delay, []]));
  const modes: Mode[] = ['iptables', 'ebpf'];
  try {
    // Its connections would keep what a switch leaves for them.
    await playground.hush();
    // The first puts the agent there, and is not counted.
    await once(playground, sshd, node, way.port, 'ebpf');
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const delay of DELAYS) {
        way.delay = delay;
        const [to = 'none'] = modes;
        modes.reverse();
        rounds.get(delay)?.push(await once(playground, sshd, node, way.port, to));
      }
    }
  } finally {
    await way.remove();
    await sshd.stop();
    await playground.stop();
  }
  return [...rounds].flatMap(([delay, times]) => rowsOf(delay, times));
}
