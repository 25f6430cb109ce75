import assert from 'node:assert/strict';
import { TestAgent, refused } from './harness';
import { Pod } from './pod';
import { probe, probeOne } from './probing';

/** A server at `port`, and a client that asks it at `asked`: once, and again at SIGUSR2, when it ends with the answer. */
const talk = (asked: number, port: number, host: string): string => `
  import net from 'node:net';
  const server = net.createServer((socket) => socket.on('data', (chunk) => socket.write(chunk)));
  server.listen(${port}, '${host}', () => {
    const socket = net.connect(${asked}, '${host}', () => socket.write('?'));
    socket.once('data', () => {
      socket.on('data', () => process.exit(0));
      process.on('SIGUSR2', () => socket.write('!'));
      console.log('ready');
    });
  });
`;

/** The ports and addresses that `conntrack -L` tells of each connection. */
const tracked = (listing: string): string[] =>
  listing
    .split('\n')
    .filter((line) => line.startsWith('tcp'))
    .map((line) => [...line.matchAll(/(?:src|sport|dport)=(\S+)/g)].map(([, value]) => value).join(' '));

describe('what connection tracking remembers', () => {
  let agent: TestAgent;
  let pod: Pod;
  let workload: string;
  beforeEach(async () => {
    pod = await Pod.make('conntrack');
    agent = new TestAgent();
    workload = (await agent.workload(pod.name)).id;
  });
  afterEach(async () => {
    await agent.stop();
    await pod.remove();
  });

  const forget = () => agent.client.request('conntrack/forget', { workload });
  const list = async (family: string) => tracked(await pod.run(['conntrack', '-L', '-f', family]));
  /** As if it had been tracked: from one address and port to another. */
  const remember = (from: string, to: string, ...more: string[]) =>
    pod.run([
      ...['conntrack', '-I', '-p', 'tcp', '-s', from, '-d', to, '--sport', '40001', '--dport', '8080'],
      ...['--state', 'ESTABLISHED', '-t', '600', ...more],
    ]);

  for (const [family, local, elsewhere] of [
    ['ipv4', '127.0.0.1', ['192.0.2.1', '192.0.2.2']],
    ['ipv6', '::1', ['2001:db8::1', '2001:db8::2']],
  ] as const) {
    it(`goes where nobody has it open any more, and not where it only passes through (${family})`, async () => {
      const [from, to] = elsewhere;
      await remember(from, local);
      await remember(local, to);
      await remember(
        from,
        to,
        '--dst-nat',
        `${family === 'ipv4' ? local : `[${local}]`}:15003`,
        '--sport',
        '40002',
      );
      await remember(from, to);
      assert.deepEqual(await forget(), { forgotten: 3 });
      assert.deepEqual(await list(family), [`${from} 40001 8080 ${to} 8080 40001`]);
      assert.deepEqual(await forget(), { forgotten: 0 });
    });

    it(`is nothing of a probe that nobody answered: a later one with its port would be taken for it (${family})`, async () => {
      const [own, nobody] = family === 'ipv4' ? ['10.66.0.1/24', '10.66.0.77'] : ['fd66::1/64', 'fd66::77'];
      await pod.run(['ip', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'other']);
      for (const end of ['eth0', 'other']) await pod.run(['ip', 'link', 'set', end, 'up']);
      await pod.run(['ip', 'address', 'add', own, 'dev', 'eth0', ...(family === 'ipv4' ? [] : ['nodad'])]);
      await pod.run(
        [family === 'ipv4' ? 'iptables-restore' : 'ip6tables-restore'],
        '*nat\n-A OUTPUT -p tcp --dport 7001 -j REDIRECT --to-ports 7002\nCOMMIT\n',
      );
      const { outcome } = await probeOne(agent, pod.name, probe(1000, nobody, 9, { patience: 100 }));
      assert.equal(outcome, 'no-answer');
      assert.deepEqual(await list(family), []);
    });

    it(`stays for connections that are open, translated or not (${family})`, async () => {
      const tool = family === 'ipv4' ? 'iptables-restore' : 'ip6tables-restore';
      await pod.run([tool], '*nat\n-A OUTPUT -p tcp --dport 7001 -j REDIRECT --to-ports 7002\nCOMMIT\n');
      const translated = await pod.startNode(talk(7001, 7002, local));
      const plain = await pod.startNode(talk(7003, 7003, local));
      await remember(local, local);
      const before = (await list(family)).length;
      assert.deepEqual(await forget(), { forgotten: 1 });
      assert.equal((await list(family)).length, before - 1);
      for (const daemon of [translated, plain]) {
        process.kill(daemon.pid, 'SIGUSR2');
        await daemon.closed;
      }
      await forget();
      assert.deepEqual(await list(family), []);
    });
  }

  it('is asked for a workload that is there', async () => {
    await refused(agent.client.request('conntrack/forget', { workload: 'c1' }), 'no-such-workload');
  });
});
