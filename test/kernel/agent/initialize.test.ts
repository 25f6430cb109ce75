import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { hostname, release } from 'node:os';
import { join } from 'node:path';
import { REDIRECT_HOOKS } from '../../../src/core/model';
import { run } from '../redirect/netns';
import { AGENT, TestAgent, refused } from './harness';

const unprivileged = (argv: string[]): string[] => [
  'setpriv',
  '--reuid=65534',
  '--regid=65534',
  '--clear-groups',
  ...argv,
];
/** Runs the agent where the node's iptables programs are hidden behind empty directories. */
const withoutIptables = [
  'unshare',
  '--mount',
  'sh',
  '-c',
  `for d in /usr/sbin /sbin; do
  mount -t tmpfs none $d 2>/dev/null || true; done; exec "$0"`,
];

describe('initialize', () => {
  let agent: TestAgent;
  const start = (argv?: string[]): TestAgent => (agent = new TestAgent(argv));
  afterEach(async () => {
    await agent.stop();
  });

  it('tells what the node is and can do', async () => {
    const info = await start().client.request('initialize', { protocol: 1, client: 'test' });
    const { version } = JSON.parse(
      readFileSync(join(import.meta.dirname, '..', '..', '..', 'package.json'), 'utf8'),
    ) as { version: string };
    assert.equal(info.protocol, 1);
    assert.deepEqual(info.agent, { version, pid: agent.pid });
    assert.equal(info.hostname, hostname());
    assert.equal(info.kernel, release());
    assert.equal(info.bootId, readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
    assert.equal(info.uid, 0);
    assert.deepEqual(info.missing, []);
    assert.equal(info.conditions.xtablesLocked, false);
    assert.deepEqual(
      info.hooks.map(({ hook, supported }) => [hook, supported]),
      REDIRECT_HOOKS.map((hook) => [hook, true]),
    );
    for (const family of ['ipv4', 'ipv6'] as const) {
      const tools = info.iptables.filter((tool) => tool.family === family);
      assert.deepEqual(tools.map(({ backend }) => backend).sort(), ['legacy', 'nft']);
      assert.equal(tools.filter(({ isDefault }) => isDefault).length, 1);
      for (const { version: number } of tools) assert.match(number, /^1\.\d+/);
    }
  });

  /** The agent below a shell with this in its environment, and without it in its own; in a process namespace of its own. */
  const below = (connection: string): string[] => {
    const inner = 'env -u SSH_CONNECTION "$0"; exit $?';
    const alone = ['unshare', '--pid', '--fork', '--mount-proc'];
    return [...alone, 'env', `SSH_CONNECTION=${connection}`, 'sh', '-c', inner, AGENT];
  };

  for (const [connection, port] of [
    ['192.0.2.7 40000 192.0.2.1 2222', 2222],
    ['fd00::7 40000 fd00::1 22', 22],
    ['192.0.2.7 40000 192.0.2.1 70000', null],
    ['192.0.2.7 40000 192.0.2.1 22 and more', null],
    ['22', null],
    ['', null],
  ] as const)
    it(`tells the port of the connection "${connection}", which sudo hides`, async () => {
      const { workloads } = await start(below(connection)).client.request('workloads/list', {});
      assert.equal(workloads.find(({ host }) => host)?.controlPort, port);
      assert.ok(workloads.every(({ host, controlPort }) => host || controlPort === null));
    });

  it('reports every process that it starts', async () => {
    await start().client.request('initialize', { protocol: 1, client: 'test' });
    const ran = agent.logs.filter(({ argv }) => argv?.at(-1) === '-V');
    assert.ok(ran.some(({ argv }) => argv?.[0]?.endsWith('/iptables-nft-save')));
    for (const { exitCode, milliseconds } of ran) {
      assert.equal(exitCode, 0);
      assert.ok(milliseconds !== undefined);
    }
  });

  it('answers without root, and names root as missing', async () => {
    const info = await start(unprivileged([AGENT])).client.request('initialize', {
      protocol: 1,
      client: 'x',
    });
    assert.equal(info.uid, 65534);
    assert.ok(info.missing.some(({ code }) => code === 'root'));
  });

  it('refuses the work without root', async () => {
    start(unprivileged([AGENT]));
    await refused(agent.client.request('workloads/list', {}), 'not-permitted');
  });

  it('names iptables as missing where there is none, and refuses to restore', async () => {
    start([...withoutIptables, AGENT]);
    const { missing, iptables } = await agent.client.request('initialize', { protocol: 1, client: 'test' });
    assert.deepEqual(iptables, []);
    assert.deepEqual(missing.map(({ code }) => code).sort(), ['ip6tables', 'iptables']);
    const { workloads } = await agent.client.request('workloads/list', {});
    const error = await refused(
      agent.client.request('iptables/restore', {
        workload: workloads[0]?.id ?? '',
        family: 'ipv6',
        backend: 'legacy',
        text: '',
        waitSeconds: 0,
      }),
      'iptables-missing',
    );
    assert.equal(error.data['family'], 'ipv6');
    assert.equal(error.data['backend'], 'legacy');
  });

  it('prints the same for people', async () => {
    start();
    const printed = await run(AGENT, ['probe']);
    assert.match(printed, new RegExp(`host +${hostname()}`));
    assert.match(printed, /ipv4 +nft +1\./);
    assert.match(printed, /sk_lookup +yes/);
    assert.match(printed, /Nothing is missing/);
  });

  it('prints the remedy for what is missing', async () => {
    start();
    const [file = '', ...args] = unprivileged([AGENT, 'probe']);
    assert.match(await run(file, args), /ordinary user\n +remedy: .*sudo/);
  });
});
