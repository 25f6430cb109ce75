import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Probe } from '../../../src/core/model';
import { Namespace } from '../redirect/netns';
import { TestAgent, refused, until } from './harness';
import { Pod } from './pod';
import { childrenOf } from './processes';
import { fromOutside, nameOf, probe, probeAll, probeOne } from './probing';

const POD = '10.66.0.1';
const POD6 = 'fd66::1';

/** Serves a port in Node; `onConnection` is the body of a function of `socket`. */
const serve = (port: number, onConnection: string, host = '::'): string =>
  `import { createServer } from 'node:net';
   createServer((socket) => { socket.on('error', () => undefined); ${onConnection} })
     .listen(${port}, ${JSON.stringify(host)}, () => console.log('ready'));`;

describe('connections/probe at its edges', () => {
  let pod: Pod;
  let agent: TestAgent;

  beforeEach(async () => {
    pod = await Pod.make('probe');
    agent = new TestAgent();
    for (const line of [
      'link add eth0 type veth peer name eth0-other',
      // No addresses of the kernel's own choice, which come and settle at times of its own.
      'link set eth0 addrgenmode none',
      'link set eth0-other addrgenmode none',
      'link set eth0 up',
      'link set eth0-other up',
      `address add ${POD}/24 dev eth0`,
      `address add ${POD6}/64 dev eth0 nodad`,
    ])
      await pod.run(['ip', ...line.split(' ')]);
  });
  afterEach(async () => {
    await agent.stop();
    await pod.remove();
  });

  const one = (asked: Probe) => probeOne(agent, pod.name, asked);
  const interfaces = async (): Promise<string[]> =>
    (await pod.run(['ip', '-o', 'link', 'show']))
      .split('\n')
      .flatMap((line) => /^\d+: ([^:@]+)/.exec(line)?.[1] ?? []);

  const neighbours = async (): Promise<string[]> =>
    (await interfaces()).filter((name) => name.startsWith('mrprobe'));
  /** Port 80 is served; at port 81 nobody accepts. */
  const serveBoth = async (): Promise<void> => {
    await pod.startNode(serve(80, ''));
    await pod.startNode(
      `import { createServer } from 'node:net';
       const server = createServer().listen(81, '::', () => {
         console.log('ready');
         Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
       });`,
    );
  };

  describe('what becomes of a connection', () => {
    it('is refused where nobody listens', async () => {
      for (const to of ['127.0.0.1', '::1', POD, POD6]) {
        const { outcome, errno, accepted, peer, destination } = await one(probe(1000, to, 9));
        assert.deepEqual([outcome, errno, accepted, peer, destination], ['refused', 111, null, null, to]);
      }
    });

    it('is unreachable where there is no route', async () => {
      for (const to of ['10.99.0.1', 'fd99::1']) {
        const { outcome, errno, source } = await one(probe(1000, to, 9));
        assert.deepEqual([outcome, errno, source], ['unreachable', 101, null]);
      }
    });

    it('is not answered where nobody is', async () => {
      const { outcome, errno, source } = await one(probe(1000, '10.66.0.77', 9, { patience: 100 }));
      assert.deepEqual([outcome, errno, source?.address], ['no-answer', null, POD]);
    });

    it('goes to the first destination that has a route', async () => {
      await pod.startNode(serve(80, ''));
      for (const [destinations, taken] of [
        [['10.99.0.1', '10.99.0.2', POD, '127.0.0.1'], POD],
        [['fd99::1', '::1'], '::1'],
        [['10.99.0.1', '10.99.0.2'], '10.99.0.1'],
      ] as const) {
        const { destination } = await one(probe(1000, '', 80, { destinations: [...destinations] }));
        assert.equal(destination, taken);
      }
    });

    it('says the local port where it is closed as soon as it is accepted', async () => {
      await pod.startNode(serve(80, 'socket.destroy()'));
      for (const asked of [probe(1000, POD, 80), fromOutside(POD6, 80)]) {
        const { outcome, accepted } = await one(asked);
        assert.equal(outcome, 'established');
        assert.equal(accepted?.local.port, 80);
      }
    });

    it('is told by one that listens for both families', async () => {
      await pod.startNode(serve(80, ''));
      for (const [to, mapped] of [
        [POD, `::ffff:${POD}`],
        [POD6, POD6],
      ] as const) {
        const { accepted } = await one(probe(1000, to, 80));
        assert.deepEqual([nameOf(accepted?.local), accepted?.uid], [nameOf({ address: to, port: 80 }), 0]);
        const other = await one(probe(1000, mapped, 80));
        assert.equal(nameOf(other.peer), nameOf({ address: to, port: 80 }));
        assert.equal(other.accepted?.pid, accepted?.pid);
      }
    });

    it('is made in a namespace without a process', async () => {
      const empty = await Namespace.make('probe');
      try {
        for (const asked of [probe(1000, '127.0.0.1', 9), probe(0, '::1', 9)])
          assert.equal((await probeOne(agent, empty.name, asked)).outcome, 'refused');
      } finally {
        await empty.remove();
      }
    });
  });

  describe('from outside', () => {
    it('comes from an address that is in none of the workload’s networks', async () => {
      const source = async (to: string) => (await one(fromOutside(to, 9))).source?.address;
      assert.match((await source(POD)) ?? '', /^192\.0\.2\./);
      assert.match((await source(POD6)) ?? '', /^2001:db8:6d72::/);
      for (const address of ['192.0.2.99/24', '198.51.100.1/32', '2001:db8::99/32'])
        await pod.run(['ip', 'address', 'add', address, 'dev', 'eth0']);
      assert.match((await source(POD)) ?? '', /^203\.0\.113\./);
      assert.match((await source(POD6)) ?? '', /^3fff:6d72::/);
    });

    it('takes the destination that is the workload’s own', async () => {
      const destinations = ['10.99.0.1', '127.0.0.1', POD];
      assert.equal((await one(fromOutside('', 9, { destinations }))).destination, POD);
      for (const to of ['10.99.0.1', '127.0.0.1', '::1', 'fe80::1'])
        assert.match((await refused(one(fromOutside(to, 9)), 'wrong-params')).message, /of its own/);
    });

    it('comes from the address that it is told to, unless the workload has a route to that one', async () => {
      await pod.startNode(serve(80, ''));
      for (const [to, source] of [
        [POD, '10.9.170.170'],
        [POD6, 'fd09::aa'],
      ] as const) {
        const from = (address: string, port = 80) => one(fromOutside(to, port, { source: address }));
        const came = await from(source);
        assert.deepEqual(
          [came.source?.address, came.outcome, came.accepted?.local.port],
          [source, 'established', 80],
        );
        assert.equal((await from(source, 9)).outcome, 'refused');
        const both = [fromOutside(to, 9, { source }), fromOutside(to, 9)];
        const sources = (await probeAll(agent, pod.name, both)).map((result) => result.source?.address);
        assert.deepEqual(
          sources.map((address) => address === source),
          [true, false],
          sources.join(),
        );
        await pod.run(['ip', 'route', 'add', source, 'dev', 'eth0']);
        const kept = await from(source);
        assert.deepEqual([kept.outcome, kept.errno, kept.source], ['unreachable', 99, null]);
        for (const wrong of ['127.0.0.1', to, to === POD ? POD6 : POD, 'here'])
          assert.match((await refused(from(wrong), 'wrong-params')).message, /source (is of|must be)/);
      }
      assert.match(
        (await refused(one(probe(0, POD, 80, { source: '10.9.0.1' })), 'wrong-params')).message,
        /outside/,
      );
    });

    it('comes in where the namespace is strict with its peers', async () => {
      for (const name of [
        'ipv4/conf/all/rp_filter',
        'ipv4/conf/default/rp_filter',
        'ipv4/conf/all/arp_ignore',
        'ipv6/conf/default/disable_ipv6',
      ])
        await pod.run(['sh', '-c', `echo 1 >/proc/sys/net/${name}`]);
      for (const to of [POD, POD6]) assert.equal((await one(fromOutside(to, 9))).outcome, 'refused');
    });

    it('is made by several agents at once', async () => {
      await serveBoth();
      const others = [new TestAgent(), new TestAgent(), new TestAgent()];
      const patience = 10_000;
      const waiting = others.map((other) => {
        const asked = [fromOutside(POD, 81, { patience }), fromOutside(POD6, 81, { patience })];
        return probeAll(other, pod.name, asked).catch(() => undefined);
      });
      try {
        await until(async () => ((await neighbours()).length === others.length ? true : undefined));
        for (const to of [POD, POD6]) {
          const { outcome, source } = await one(fromOutside(to, 80));
          assert.equal(outcome, 'established');
          assert.match(source?.address ?? '', /^(192\.0\.2|2001:db8:6d72:)[.:]7$/);
        }
      } finally {
        for (const other of others) other.child.kill('SIGKILL');
        await Promise.all(waiting);
      }
    });
  });

  describe('leaves nothing', () => {
    const asked = (patience: number): Probe[] => [
      ...[POD, POD6].flatMap((to) => [
        fromOutside(to, 80, { patience }),
        fromOutside(to, 81, { patience }),
        fromOutside(to, 9, { patience }),
        probe(1000, to, 80, { patience }),
      ]),
      probe(1500, '10.66.0.77', 9, { patience }),
    ];
    const state = async () => ({
      interfaces: await interfaces(),
      routes: (await pod.run(['ip', 'route', 'show', 'table', 'all'])).split('\n').sort(),
      addresses: (await pod.run(['ip', '-o', 'address', 'show'])).match(/inet6? \S+/g),
      // Of those who listen, and of any others.
      sockets: await pod.run(['ss', '-Htan', 'state', 'connected']),
      waiting: await pod.run(['ss', '-Htan', 'state', 'time-wait']),
    });
    it('in the workload and in the agent', async () => {
      await serveBoth();
      const descriptors = () => readdirSync(`/proc/${agent.pid}/fd`).length;
      const before = { ...(await state()), descriptors: descriptors() };
      const results = await probeAll(agent, pod.name, asked(300));
      assert.equal(results.filter(({ outcome }) => outcome === 'established').length, 6);
      assert.deepEqual({ ...(await state()), descriptors: descriptors() }, before);
      assert.deepEqual(childrenOf(agent.pid), []);
    });

    it('where the agent is killed while it waits', async () => {
      await serveBoth();
      const before = await state();
      const cut = probeAll(agent, pod.name, asked(10_000)).catch(() => undefined);
      await until(async () => ((await neighbours()).length > 0 ? true : undefined));
      agent.child.kill('SIGKILL');
      await cut;
      await until(async () => (JSON.stringify(await state()) === JSON.stringify(before) ? true : undefined));
    });

    it('wherever the agent is killed', async function () {
      this.timeout(60_000);
      await serveBoth();
      const before = await state();
      const members = () => readFileSync(join(pod.cgroup.directory, 'cgroup.procs'), 'utf8');
      const processes = members();
      for (let milliseconds = 0; milliseconds < 40; milliseconds += 2) {
        const cut = probeAll(agent, pod.name, asked(10_000)).catch(() => undefined);
        await sleep(milliseconds);
        agent.child.kill('SIGKILL');
        await cut;
        await until(async () =>
          JSON.stringify(await state()) === JSON.stringify(before) ? true : undefined,
        );
        await until(() => (members() === processes ? true : undefined));
        agent = new TestAgent();
      }
    });
  });

  describe('limits', () => {
    it('refuses what makes no sense, in words', async () => {
      const { id: workload } = await agent.workload(pod.name);
      const right = probe(1000, POD, 80);
      for (const [changes, message] of [
        [{ from: 'above' }, /from is not known: above/],
        [{ uid: -1 }, /uid must be a whole number from 0/],
        [{ gid: 2 ** 32 - 1 }, /gid must be a whole number/],
        [{ port: 0 }, /port must be/],
        [{ patience: 10_001 }, /patience must be a whole number from 1 to 10000/],
        [{ destinations: [] }, /from 1 to 64 addresses/],
        [{ destinations: Array(65).fill(POD) }, /from 1 to 64 addresses/],
        [{ destinations: ['example.com'] }, /must be addresses/],
        [{ destinations: [`${POD}/24`] }, /must be addresses/],
        [{ destinations: [POD, POD6] }, /of one family/],
      ] as [object, RegExp][]) {
        const probes = [{ ...right, ...changes }];
        const error = await refused(
          agent.client.request('connections/probe', { workload, probes }),
          'wrong-params',
        );
        assert.match(error.message, message);
      }
      const probes = Array<Probe>(257).fill(right);
      const request = agent.client.request('connections/probe', { workload, probes });
      assert.match((await refused(request, 'wrong-params')).message, /256 at the most/);
      await refused(
        agent.client.request('connections/probe', { workload: 'c1', probes: [] }),
        'no-such-workload',
      );
    });

    it('makes 256 at once, of as many users', async () => {
      const probes = Array.from({ length: 256 }, (_, index) => ({
        ...probe(2000 + index, POD, 9),
        id: `${index}`,
      }));
      const results = await probeAll(agent, pod.name, probes);
      assert.deepEqual(new Set(results.map(({ outcome }) => outcome)), new Set(['refused']));
      assert.deepEqual(await probeAll(agent, pod.name, []), []);
    });

    it('gives up on a workload that is frozen', async () => {
      const freeze = join(pod.cgroup.directory, 'cgroup.freeze');
      writeFileSync(freeze, '1');
      try {
        const error = await refused(one(probe(1000, POD, 9)), 'system');
        assert.match(error.message, /begin the probes: .*timed out/);
      } finally {
        writeFileSync(freeze, '0');
      }
      assert.deepEqual(childrenOf(agent.pid), []);
      assert.equal((await one(probe(1000, POD, 9))).outcome, 'refused');
    });
  });
});
