import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseRuleset } from '../../../src/core/iptables';
import type { Backend, Probe, TraceEvent } from '../../../src/core/model';
import { DEFAULT_POLICY } from '../../../src/core/policy';
import {
  differences,
  endText,
  explainConnection,
  explainWhole,
  rulesOf,
  toldApart,
  type Connection,
} from '../../../src/core/trace';
import { TestAgent, until } from './harness';
import { Pod } from './pod';

/** So many rule sets side by side, each for the connections to a port of its own. */
const SETS = 200;
const FIRST_PORT = 20_000;
const CHAINS = 4;
const UIDS = [0, 1000, 1500];
const DESTINATION = '127.0.0.2';

const condition = fc.constantFrom(
  ...[
    `-d ${DESTINATION}/32`,
    `! -d ${DESTINATION}/32`,
    '-d 127.0.0.0/8',
    '-s 127.0.0.0/8',
    '-o lo',
    '! -o lo',
  ],
  ...['-p tcp -m tcp --dport 20000:20099', '-p tcp -m multiport --dports 20001,20010:20060,20150'],
  ...['-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN', '-p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN'],
  ...UIDS.map((uid) => `-m owner --uid-owner ${uid}`),
  ...['-m owner ! --uid-owner 1500', '-p udp', '-m comment --comment "any of them"', ''],
);

/** Chains lead only to later ones, so that there is no loop. */
const target = (set: number, chain: number): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom('-j RETURN', '-j ACCEPT', '-p tcp -j REDIRECT --to-ports 15001'),
    fc.constant('-p tcp -j DNAT --to-destination 127.0.0.3:8080'),
    ...(chain + 1 < CHAINS
      ? [fc.constantFrom(`-j T${set}_${chain + 1}`, `-g T${set}_${chain + 1}`, `-j T${set}_${CHAINS - 1}`)]
      : []),
  );

const randomRules = (set: number): fc.Arbitrary<string[][]> =>
  fc.tuple(
    ...Array.from({ length: CHAINS }, (_, chain) =>
      fc.array(
        fc
          .tuple(condition, target(set, chain))
          .map(([match, to]) => {
            // iptables takes `-p tcp` once.
            const protocol = match.startsWith('-p') ? to.replace('-p tcp ', '') : to;
            return `${match} ${protocol}`.trim();
          })
          .filter((text) => !/-p udp.*(REDIRECT|DNAT)/.test(text)),
        { maxLength: 4 },
      ),
    ),
  );

/** One table for all of them. */
function table(sets: readonly string[][][]): string {
  const names = sets.flatMap((chains, set) => chains.map((_, chain) => `T${set}_${chain}`));
  return [
    '*nat',
    ...names.map((name) => `:${name} - [0:0]`),
    ...sets.map((_, set) => `-A OUTPUT -p tcp -m tcp --dport ${FIRST_PORT + set} -j T${set}_0`),
    ...sets.flatMap((chains, set) =>
      chains.flatMap((rules, chain) => rules.map((rule) => `-A T${set}_${chain} ${rule}`)),
    ),
    'COMMIT\n',
  ].join('\n');
}

describe('explanations', () => {
  let agent: TestAgent;
  let pod: Pod;
  before(async () => {
    pod = await Pod.make('explain');
    agent = new TestAgent();
  });
  after(async () => {
    await agent.stop();
    await pod.remove();
  });

  for (const backend of ['nft', 'legacy'] as const)
    it(`equal the kernel’s own trace, for ${SETS} random rule sets: ${backend}`, () => equal(backend));

  async function equal(backend: Backend): Promise<void> {
    const seed = Date.now();
    const sets = Array.from(
      { length: SETS },
      (_, set) => fc.sample(randomRules(set), { numRuns: 1, seed: seed + set })[0] ?? [],
    );
    const workload = (await agent.workload(pod.name)).id;
    await agent.client.request('iptables/restore', {
      ...{ workload, family: 'ipv4', backend, text: table(sets), waitSeconds: 5 },
    });
    const packets = new Map<number, TraceEvent[]>();
    const unsubscribe = agent.client.on('trace/event', (event) => {
      packets.set(event.packet, [...(packets.get(event.packet) ?? []), event]);
    });
    const trace = (): Promise<unknown> =>
      agent.client.request('trace/start', {
        ...{ workload, trace: 't', seconds: 120, direction: 'outbound', family: 'ipv4', uid: null },
        ...{ source: null, sourcePort: null, destination: DESTINATION, destinationPort: null },
        legacy: backend === 'legacy',
      });
    await trace();
    const uidOf = (set: number): number => UIDS[set % UIDS.length] ?? 0;
    const probes = sets.map((_, set): Probe => ({
      ...{ id: String(set), from: 'inside', uid: uidOf(set), gid: uidOf(set), patience: 1 },
      ...{ destinations: [DESTINATION], port: FIRST_PORT + set },
    }));
    // A packet tells some ten things, and a trace ends after 2000: so many at once.
    for (let at = 0; at < SETS; at += 50) {
      await agent.client.request('connections/probe', { workload, probes: probes.slice(at, at + 50) });
      await until(() => (finished(packets) >= Math.min(at + 50, SETS) ? true : undefined));
      await trace();
    }
    const { rulesets } = await agent.client.request('snapshot', { workload });
    const text = rulesets.find((one) => one.family === 'ipv4' && one.backend === backend)?.text;
    const ruleset = parseRuleset(text ?? assert.fail('there are no rules'));
    const seen = new Set<number>();
    for (const events of packets.values()) {
      const first =
        events.find(({ destination }) => destination) ?? assert.fail('the kernel did not say where to');
      const port = first.destination?.port ?? 0;
      const set = port - FIRST_PORT;
      const connection: Connection = {
        ...{ direction: 'outbound', uid: uidOf(set), gid: uidOf(set), source: first.source?.address ?? '' },
        ...{ sourcePort: first.source?.port ?? 0, destination: DESTINATION, destinationPort: port },
        ...{ interface: 'lo', boundInterface: null },
      };
      const explained = explainConnection({ mode: 'iptables', ruleset }, DEFAULT_POLICY, connection);
      assert.notEqual(explained.end.kind, 'unknown');
      const words = `seed ${seed}, set ${set}\n${JSON.stringify(sets[set], null, 1)}`;
      const station = {
        by: { kind: 'rules', family: 'ipv4', backend },
        connection,
        trace: explained,
      } as const;
      const told = events.map((event) => toldApart(event, ruleset));
      assert.deepEqual(differences([station], told), [], words);
      seen.add(set);
    }
    assert.equal(seen.size, SETS);
    unsubscribe();
    await agent.client.request('trace/stop', { trace: 't' });
    await agent.client.request('iptables/restore', {
      ...{ workload, family: 'ipv4', backend, text: '*nat\n-F\n-X\nCOMMIT\n', waitSeconds: 5 },
    });
  }
});

describe('explanations of rules of both back-ends', () => {
  const ORDERS: Backend[][] = [
    ['nft', 'legacy'],
    ['legacy', 'nft'],
  ];
  /** Where the rules of each send the connections to a port. A back-end without one lets it pass, by a rule that matches. */
  const SENT: { port: number; to: Partial<Record<Backend, number>> }[] = [
    { port: 80, to: { nft: 15001, legacy: 15002 } },
    { port: 81, to: { nft: 15001 } },
    { port: 82, to: { legacy: 15002 } },
    { port: 83, to: { nft: 15001, legacy: 15001 } },
    { port: 84, to: {} },
  ];
  const tableOf = (backend: Backend): string => {
    const rules = SENT.map(({ port, to }) => {
      const target = to[backend];
      return `-A OUTPUT -p tcp -m tcp --dport ${port} -j ${target === undefined ? 'ACCEPT' : `REDIRECT --to-ports ${target}`}`;
    });
    return ['*nat', ...rules, 'COMMIT\n'].join('\n');
  };
  let agent: TestAgent;
  before(() => {
    agent = new TestAgent();
  });
  after(() => agent.stop());

  for (const order of ORDERS)
    it(`are what the kernel does, or say that nobody can say: ${order.join(' first, then ')}`, async () => {
      const pod = await Pod.make(`order-${order.join('-')}`);
      try {
        await explained(pod, order);
      } finally {
        await pod.remove();
      }
    });

  async function explained(pod: Pod, order: readonly Backend[]): Promise<void> {
    const workload = (await agent.workload(pod.name)).id;
    for (const backend of order)
      await agent.client.request('iptables/restore', {
        ...{ workload, family: 'ipv4', backend, text: tableOf(backend), waitSeconds: 5 },
      });
    const packets = new Map<number, TraceEvent[]>();
    const unsubscribe = agent.client.on('trace/event', (event) => {
      packets.set(event.packet, [...(packets.get(event.packet) ?? []), event]);
    });
    await agent.client.request('trace/start', {
      ...{ workload, trace: 'order', seconds: 60, direction: 'outbound', family: 'ipv4', uid: null },
      ...{ source: null, sourcePort: null, destination: DESTINATION, destinationPort: null, legacy: true },
    });
    const probes = SENT.map(({ port }): Probe => ({
      ...{ id: String(port), from: 'inside', uid: 0, gid: 0, patience: 1, destinations: [DESTINATION], port },
    }));
    await agent.client.request('connections/probe', { workload, probes });
    await until(() => (finished(packets) === SENT.length ? true : undefined));
    await agent.client.request('trace/stop', { trace: 'order' });
    unsubscribe();
    const { rulesets } = await agent.client.request('snapshot', { workload });
    const parsed = rulesets.map(({ text, ...key }) => ({ ...key, ruleset: parseRuleset(text) }));
    for (const events of packets.values()) {
      const first = events.find(({ destination }) => destination) ?? assert.fail('where to was not told');
      const port = first.destination?.port ?? 0;
      const to = SENT.find((one) => one.port === port)?.to ?? assert.fail(`port ${port}`);
      const reached = events.find(({ kind }) => kind === 'end')?.destination?.port ?? 0;
      const connection: Connection = {
        ...{ direction: 'outbound', uid: 0, gid: 0, source: DESTINATION, sourcePort: 40_000 },
        ...{ destination: DESTINATION, destinationPort: port, interface: 'lo', boundInterface: null },
      };
      const state = { rulesets: parsed, maps: null, interfaces: [] };
      const whole = explainWhole(state, DEFAULT_POLICY, connection);
      // The chain that was made last is asked first. Of rules that were found there, nobody knows which one that is.
      const [last, other] = order.toReversed();
      assert.equal(reached, (last && to[last]) ?? (other && to[other]) ?? port, `port ${port}`);
      const targets = new Set(Object.values(to));
      assert.equal(whole.unordered, targets.size > 1);
      if (whole.unordered)
        for (const target of targets) assert.match(endText(whole.end), new RegExp(`${target}`));
      else
        assert.match(
          `${endText(whole.end)} ${port}`,
          new RegExp(reached === port ? 'goes on' : `${reached}`),
        );
      const told = events.map((event) => {
        const own = parsed.find(({ family, backend }) => family === 'ipv4' && backend === event.backend);
        return own ? toldApart(event, own.ruleset) : event;
      });
      assert.deepEqual(differences(rulesOf(whole), told), [], `port ${port}: ${JSON.stringify(told)}`);
    }
  }
});

/** Of how many connections the kernel has told where they came out. */
function finished(packets: ReadonlyMap<number, TraceEvent[]>): number {
  const out = [...packets.values()].filter((events) => events.some(({ kind }) => kind === 'end'));
  return new Set(out.map((events) => events.find(({ destination }) => destination)?.destination?.port)).size;
}
