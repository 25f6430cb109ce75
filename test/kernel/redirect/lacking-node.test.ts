import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MissingCode, NodeInfo } from '../../../src/core/model';
import { DEFAULT_POLICY } from '../../../src/core/policy';
import type { Mode } from '../../../src/core/redirect';
import { PROTOCOL } from '../../../src/nodes/agent/protocol';
import { observe, SwitchRefused, switchWorkload, type SwitchRequest } from '../../../src/redirect';
import { AGENT, TestAgent } from '../agent/harness';
import { run } from './netns';
import { World } from './world';

/** Runs the agent in a mount namespace of its own, after this script. */
const mounted = (script: string): string[] => [
  'unshare',
  '--mount',
  'sh',
  '-ec',
  `${script}; exec "$0"`,
  AGENT,
];

const UNMOUNT_CGROUP2 =
  'for m in $(awk \'$3 == "cgroup2" { print $2 }\' /proc/self/mounts); do umount --recursive "$m"; done';
const HIDE_BTF = 'mount -t tmpfs none /sys/kernel/btf';
const HIDE_IPTABLES = 'for d in /usr/sbin /sbin; do mount -t tmpfs none "$d" 2>/dev/null || true; done';

describe('a node that lacks something', function () {
  this.timeout(60_000);
  let world: World;
  let directory: string;
  let agent: TestAgent;
  /** To the same node, which lacks the same. */
  let reconnect: SwitchRequest['reconnect'];

  before(async () => {
    world = await World.start('lacking', { mode: 'iptables' });
    directory = await mkdtemp(join(tmpdir(), 't-core-lacking-'));
  });
  after(async () => {
    await rm(directory, { recursive: true });
    await world.stop();
  });
  afterEach(() => agent.stop());

  async function start(argv: string[]): Promise<NodeInfo> {
    agent = new TestAgent(argv);
    reconnect = () => world.reconnect(argv);
    return agent.client.request('initialize', { protocol: PROTOCOL, client: 'test' });
  }

  /** The node lacks just this; the mode that needs it is refused with these words, and the others can be had. */
  async function assertLacks(
    info: NodeInfo,
    codes: MissingCode[],
    refused: Mode,
    words: RegExp,
  ): Promise<void> {
    assert.deepEqual([...new Set(info.missing.map((missing) => missing.code))], codes);
    const request = (mode: Mode): SwitchRequest =>
      world.request(world.playground.client, mode, {
        connection: { agent: agent.client, info },
        reconnect,
      });
    await assert.rejects(switchWorkload(request(refused)), (error) => {
      assert.ok(error instanceof SwitchRefused, String(error));
      assert.match(error.message, words);
      return true;
    });
    const other = refused === 'ebpf' ? 'iptables' : 'ebpf';
    await switchWorkload(request(other));
    const { workloadId } = world.playground.client;
    // As the node itself sees it: rules that it has no tool for it does not.
    assert.equal((await observe(agent.client, workloadId, DEFAULT_POLICY)).verdict.kind, other);
    await world.playground.waitForRequests(10);
    assert.equal(world.playground.traffic().failed, 0, String(world.playground.traffic().lastError));
  }

  it('cgroup v2: eBPF mode is refused, iptables mode works', async () => {
    await assertLacks(await start(mounted(UNMOUNT_CGROUP2)), ['cgroup2'], 'ebpf', /cgroup v2 is not mounted/);
  });

  it('BTF: eBPF mode is refused, iptables mode works', async () => {
    await assertLacks(await start(mounted(HIDE_BTF)), ['btf'], 'ebpf', /no type information/);
  });

  it('a hook: eBPF mode is refused and the hook named, iptables mode works', async () => {
    const wrapper = join(directory, 'no-prog-load');
    await run('gcc', ['-Wall', '-Werror', '-o', wrapper, join(import.meta.dirname, 'no-prog-load.c')]);
    await assertLacks(await start([wrapper, AGENT]), ['hook'], 'ebpf', /connect4.*sk_lookup/s);
  });

  it('iptables: iptables mode is refused, eBPF mode works', async () => {
    const info = await start(mounted(HIDE_IPTABLES));
    await assertLacks(info, ['iptables', 'ip6tables'], 'iptables', /no iptables/);
  });
});
