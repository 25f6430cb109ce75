import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REDIRECT_HOOKS } from '../../../src/core/model';
import { NAMES, otherArchitecture } from '../../../tools/agent/architectures.mjs';
import { canCross } from '../../../tools/agent/sysroot.mjs';
import { skip } from '../../skip';
import { run } from '../redirect/netns';
import { TestAgent, refused } from './harness';

const ARCHITECTURE = otherArchitecture();
const ROOT = join(import.meta.dirname, '..', '..', '..');
const FILE = join(ROOT, 'dist', 'agent', ARCHITECTURE, 'mesh-redirect-agent');

/** elf(5) */
const [EM_X86_64, EM_AARCH64, PT_LOAD, PT_INTERP] = [62, 183, 1, 3];

// qemu-user runs the other architecture's instructions on this kernel. It has no bpf(2) and no SO_NETNS_COOKIE, so an
// emulated agent sees the node and its iptables, and no eBPF.
describe(`the agent for ${ARCHITECTURE}, emulated`, function () {
  const emulated = (...args: string[]): string[] => [NAMES[ARCHITECTURE].emulator, FILE, ...args];
  const agents: TestAgent[] = [];
  const start = (argv?: string[]): TestAgent => {
    const agent = new TestAgent(argv);
    agents.push(agent);
    return agent;
  };

  before(function () {
    if (!canCross()) skip(this, `this distribution has no packages for building it for ${ARCHITECTURE}`);
    if (!existsSync(FILE)) assert.fail(`there is no ${FILE}: npm run build`);
  });
  afterEach(async () => {
    for (const agent of agents.splice(0)) await agent.stop();
  });

  it('is a static program for that machine', () => {
    const program = readFileSync(FILE);
    const headers = Array.from({ length: program.readUInt16LE(56) }, (_, index) =>
      program.readUInt32LE(Number(program.readBigUInt64LE(32)) + index * program.readUInt16LE(54)),
    );
    assert.equal(program.readUInt16LE(18), ARCHITECTURE === 'arm64' ? EM_AARCH64 : EM_X86_64);
    assert.ok(headers.includes(PT_LOAD));
    assert.ok(!headers.includes(PT_INTERP), 'it wants a dynamic linker');
  });

  it('prints its version', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    const [file = '', ...args] = emulated('version');
    assert.equal(await run(file, args), `${version}\n`);
  });

  it('refuses arguments that it does not know', () => {
    const [file = '', ...args] = emulated('no-such-verb');
    const { status, stderr } = spawnSync(file, args, { encoding: 'utf8' });
    assert.equal(status, 64);
    assert.match(stderr, /^usage: mesh-redirect-agent/);
  });

  it('sees the same node as this machine’s own agent does', async () => {
    const hello = { protocol: 1, client: 'test' } as const;
    const own = await start().client.request('initialize', hello);
    const other = await start(emulated()).client.request('initialize', hello);
    assert.equal(other.arch, ARCHITECTURE);
    assert.notEqual(own.arch, ARCHITECTURE);
    assert.equal(other.agent.version, own.agent.version);
    for (const key of ['hostname', 'kernel', 'uid', 'iptables', 'cgroup2', 'bpffs', 'btf'] as const)
      assert.deepEqual(other[key], own[key], key);
    assert.ok(other.iptables.length > 0);
  });

  it('says of each hook that the emulator has no bpf(2)', async () => {
    const { hooks } = await start(emulated()).client.request('initialize', { protocol: 1, client: 'test' });
    const without = { supported: false, reason: 'Function not implemented' };
    assert.deepEqual(
      hooks,
      REDIRECT_HOOKS.map((hook) => ({ hook, ...without })),
    );
  });

  it('refuses what it cannot do, goes on, and ends with its stdin', async () => {
    const agent = start(emulated());
    await refused(agent.client.request('snapshot', { workload: 'no such one' }), 'wrong-params');
    const { arch } = await agent.client.request('initialize', { protocol: 1, client: 'test' });
    assert.equal(arch, ARCHITECTURE);
    assert.deepEqual(await agent.stop(), { exitCode: 0, signal: null });
  });

  it('prints the same for people', async () => {
    const [file = '', ...args] = emulated('probe');
    const printed = await run(file, args);
    assert.match(printed, new RegExp(`kernel .*\\(${ARCHITECTURE}\\)`));
    assert.match(printed, /ipv4 +nft +1\./);
    assert.match(printed, /sk_lookup +Function not implemented/);
  });
});
