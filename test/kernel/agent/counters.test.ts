import assert from 'node:assert/strict';
import type { Backend, Family } from '../../../src/core/model';
import type { Params } from '../../../src/nodes/agent/protocol';
import { Followed, withoutComments } from './followed';
import { TestAgent, eventually, refused } from './harness';
import { Pod } from './pod';

interface World {
  family: Family;
  backend: Backend;
}
type Sight = Params<'watch/visible'>['rulesets'][number];

const WORLDS = (['ipv4', 'ipv6'] as const).flatMap((family) =>
  (['nft', 'legacy'] as const).map((backend): World => ({ family, backend })),
);
const program = ({ family, backend }: World, verb: string): string =>
  `${family === 'ipv4' ? 'iptables' : 'ip6tables'}-${backend}${verb}`;
const ALL: [number, number][] = [[0, 100_000]];
const NFT: World = { family: 'ipv4', backend: 'nft' };
const LEGACY: World = { family: 'ipv4', backend: 'legacy' };

const random = (below: number): number => Math.floor(Math.random() * below);

/** Rules that count UDP packets by port, in chains of any length; what they match is told in several ways. */
function randomRules(family: Family): string {
  const source = family === 'ipv4' ? '127.0.0.0/8' : '::1/128';
  const ways = [
    (port: number) => `-p udp -m udp --dport ${port}`,
    (port: number) =>
      `-p udp -m multiport --dports ${port},${port + 100} -m comment --comment "port ${port}"`,
    (port: number) => `-s ${source} -p udp -m udp --dport ${port} -j RETURN`,
    (port: number) => `-o lo -p udp -m udp --dport ${port} -m limit --limit 1000/sec --limit-burst 1000`,
    () => '-m owner --uid-owner 0 -j ACCEPT',
  ];
  const tables = ['filter', 'mangle', 'nat'].slice(random(3)).map((table) => {
    const chains = Array.from({ length: 1 + random(4) }, (_, index) => `T_${index}`);
    const rules = chains.flatMap((chain) => [
      `-A OUTPUT -j ${chain}`,
      ...Array.from(
        { length: random(60) },
        () => `-A ${chain} ${ways[random(ways.length)]?.(9000 + random(8)) ?? ''}`,
      ),
    ]);
    return [`*${table}`, ...chains.map((chain) => `:${chain} - [0:0]`), ...rules, 'COMMIT', ''].join('\n');
  });
  return tables.join('');
}

describe('counters of rules that are seen', () => {
  let agent: TestAgent;
  let pod: Pod;
  let workload: string;
  let followed: Followed;
  beforeEach(async () => {
    pod = await Pod.make('counters');
    agent = new TestAgent();
    workload = (await agent.workload(pod.name)).id;
    followed = new Followed();
    agent.client.on('watch/changed', (change) => {
      followed.take(change);
    });
  });
  afterEach(async () => {
    await agent.stop();
    await pod.remove();
  });

  const watch = async (...rulesets: Sight[]): Promise<void> => {
    const what = { workload, interval: 100, rulesets: true, attachments: false, maps: [], known: [] };
    await agent.client.request('watch/start', { watch: 'w', ...what });
    await agent.client.request('watch/visible', { watch: 'w', rulesets, maps: [] });
    await agent.change('w', () => true);
  };
  const restore = (world: World, text: string, ...options: string[]): Promise<string> =>
    pod.run([program(world, '-restore'), '-w', '5', ...options], text);
  const save = async (world: World): Promise<string> =>
    withoutComments(await pod.run([program(world, '-save'), '-c']));
  /** Sends `count` datagrams to each of eight ports. */
  const send = (family: Family, count: number): Promise<string> =>
    pod.run([
      process.execPath,
      '--input-type=module',
      '-e',
      `import { createSocket } from 'node:dgram';
       const socket = createSocket('${family === 'ipv4' ? 'udp4' : 'udp6'}');
       const host = '${family === 'ipv4' ? '127.0.0.1' : '::1'}';
       for (let at = 0; at < ${count * 8}; at += 1)
         await new Promise((sent) => socket.send('x'.repeat(at), 9000 + at % 8, host, sent));
       socket.close();`,
    ]);
  const saves = (): number => agent.logs.filter(({ message }) => message.endsWith('-save')).length;

  for (const world of WORLDS)
    it(`are those that iptables-save tells, of ${world.family} in ${world.backend}`, async () => {
      await restore(world, randomRules(world.family));
      await watch({ ...world, lines: ALL });
      const before = saves();
      for (let round = 1; round <= 3; round += 1) {
        await send(world.family, round);
        await eventually(async () => {
          assert.equal(followed.text(world), await save(world));
        });
      }
      assert.equal(saves(), before, 'rules were read as text although none had changed');
    });

  it('count for chains of the nft back-end, where those do', async () => {
    await restore(NFT, '*filter\n:OUTPUT ACCEPT [7:700]\n-A OUTPUT -p tcp\nCOMMIT\n', '-c');
    await watch({ ...NFT, lines: ALL });
    await send('ipv4', 2);
    await eventually(async () => {
      assert.equal(followed.text(NFT), await save(NFT));
    });
    assert.doesNotMatch(followed.text(NFT), /:OUTPUT ACCEPT \[[07]:/);
  });

  for (const world of [NFT, LEGACY])
    it(`are told of no other line of ${world.backend}`, async () => {
      const ports = Array.from(
        { length: 8 },
        (_, index) => `-A OUTPUT -p udp -m udp --dport ${9000 + index}`,
      );
      await restore(world, ['*filter', ...ports, 'COMMIT', ''].join('\n'));
      await watch();
      const [told] = (await agent.change('w', () => true)).rulesets ?? [];
      const text = told !== undefined && 'text' in told ? told.text.split('\n') : [];
      const seen = [2, 5].map((port) => text.findIndex((line) => line.includes(`--dport 900${port}`)));
      await send('ipv4', 1);
      const rulesets = [{ ...world, lines: seen.map((line): [number, number] => [line, line]) }];
      await agent.client.request('watch/visible', { watch: 'w', rulesets, maps: [] });
      await eventually(() => {
        const counters = agent.changes
          .flatMap(({ rulesets }) => rulesets ?? [])
          .flatMap((change) => ('counters' in change ? change.counters : []));
        assert.deepEqual(
          counters.map(([line, packets]) => [line, packets]),
          seen.map((line) => [line, 1]),
        );
      });
    });

  // ip6tables-nft-restore 1.8 does not take counters.
  for (const world of [NFT, LEGACY])
    it(`are never those of another rule while others change the rules of ${world.family} in ${world.backend}`, async () => {
      const numbers = Array.from({ length: 40 }, (_, index) => index + 1);
      const text = (order: readonly number[]): string =>
        [
          '*filter',
          ':T - [0:0]',
          ...order.map((number) => `[${number}:${number}] -A T -m comment --comment "rule ${number}"`),
          'COMMIT',
          '',
        ].join('\n');
      await restore(world, text(numbers), '-c');
      await watch({ ...world, lines: ALL });
      const wrong: string[] = [];
      agent.client.on('watch/changed', () => {
        for (const line of followed.text(world).split('\n')) {
          const [, packets, bytes, number] = /^\[(\d+):(\d+)\].*"rule (\d+)"/.exec(line) ?? [];
          if (number === undefined || (packets === number && bytes === number)) continue;
          // The legacy back-end puts rules there first, and adds what they counted then.
          if (world.backend === 'nft' || packets !== '0') wrong.push(line);
        }
      });
      for (let round = 0; round < 12; round += 1) {
        const order = numbers.filter(() => random(4) > 0).sort(() => random(3) - 1);
        await restore(world, text(order), '-c');
      }
      await eventually(async () => {
        assert.equal(followed.text(world), await save(world));
      });
      assert.deepEqual(wrong, []);
    });

  for (const world of [NFT, LEGACY])
    it(`go on when what is seen of ${world.backend} has vanished`, async () => {
      await restore(world, '*filter\n:T - [0:0]\n-A OUTPUT -j T\n-A T -p udp\nCOMMIT\n');
      await watch({ ...world, lines: ALL });
      await pod.run([program(world, ''), '-w', '5', '-F']);
      await pod.run([program(world, ''), '-w', '5', '-X']);
      await eventually(async () => {
        assert.equal(followed.text(world), await save(world));
      });
      assert.doesNotMatch(followed.text(world), /^:T /m);
      await pod.run([program(world, ''), '-w', '5', '-A', 'OUTPUT', '-p', 'udp']);
      await send('ipv4', 1);
      await eventually(() => {
        assert.match(followed.text(world), /\[8:\d+\] -A OUTPUT -p udp/);
      });
    });

  for (const sights of [[], [{ ...LEGACY, lines: ALL }]])
    it(`do not hide that a rule of legacy was put in the place of another, ${sights.length} seen`, async () => {
      await restore(LEGACY, '*filter\n-A OUTPUT -p udp -m udp --dport 1\nCOMMIT\n');
      await watch(...sights);
      await pod.run('iptables-legacy -w 5 -R OUTPUT 1 -p udp -m udp --dport 2'.split(' '));
      await eventually(() => {
        assert.match(followed.text(LEGACY), /--dport 2$/m);
      });
    });

  it('are refused for lines that are none', async () => {
    await watch();
    const wrong: unknown[] = [
      [[2, 1]],
      [
        [1, 2],
        [2, 3],
      ],
      [[-1, 0]],
      [[0]],
      ['x'],
      'x',
    ];
    for (const lines of wrong) {
      const rulesets = [{ ...NFT, lines }] as unknown as Sight[];
      await refused(
        agent.client.request('watch/visible', { watch: 'w', rulesets, maps: [] }),
        'wrong-params',
      );
    }
    assert.deepEqual(
      await agent.client.request('watch/visible', { watch: 'gone', rulesets: [], maps: [] }),
      {},
    );
  });
});
