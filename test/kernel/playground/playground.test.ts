import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cgroup2Mount } from '../../../playground/cgroup';
import { Playground } from '../../../playground/playground';

const PREFIX = 't-pg';

/** Everything on this machine that carries the test's prefix. */
async function traces(): Promise<string[]> {
  const cgroup = join(await cgroup2Mount(), `mesh-redirect-playground-${PREFIX}`);
  return [
    ...readdirSync('/run/netns').filter((name) => name.startsWith(`${PREFIX}-`)),
    ...[cgroup, `/run/mesh-redirect-playground-${PREFIX}`].filter((path) => existsSync(path)),
  ];
}

/** A process that has ended stays in /proc until its parent takes note. */
const processIsThere = (pid: number): boolean =>
  existsSync(`/proc/${pid}`) && !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));

describe('the playground', () => {
  let playground: Playground;

  afterEach(async () => {
    await Playground.removeLeftovers(PREFIX);
  });

  for (const backend of ['nft', 'legacy'] as const)
    it(`sends the application's requests through both sidecars with iptables (${backend})`, async () => {
      playground = await Playground.start({ prefix: PREFIX, mode: 'iptables', backend });
      await playground.waitForRequests(20);
      const { ok, failed } = playground.traffic();
      const [client, server] = await Promise.all(playground.pods.map((pod) => pod.sidecar.counters()));
      assert.ok(client && server);
      assert.equal(failed, 0);
      assert.ok(ok >= 20);
      assert.deepEqual(
        client.destinations.map(({ direction, destination }) => [direction, destination]),
        [['outbound', '10.77.0.3:8080']],
      );
      assert.deepEqual(
        server.destinations.map(({ direction, destination }) => [direction, destination]),
        [['inbound', '10.77.0.3:8080']],
      );
      assert.ok(client.outbound.bytesDown > 0 && client.outbound.bytesDown >= client.outbound.bytesUp);
      assert.equal(client.uid, 1500);
      assert.equal(`c${client.netnsCookie}`, playground.client.workloadId);
    });

  it('goes past the sidecars without redirection, over IPv4 and IPv6', async () => {
    playground = await Playground.start({ prefix: PREFIX, ipv6: true });
    await playground.waitForRequests(20);
    assert.equal(playground.traffic().failed, 0);
    for (const pod of playground.pods) {
      const { inbound, outbound } = await pod.sidecar.counters();
      assert.deepEqual([inbound.connections, outbound.connections], [0, 0]);
    }
  });

  it('counts requests that fail, and the sidecar comes back', async () => {
    playground = await Playground.start({ prefix: PREFIX, mode: 'iptables' });
    await playground.server.sidecar.stop();
    await assert.rejects(playground.waitForRequests(1000, 1000), /failures; its last error: /);
    assert.ok(playground.traffic().failed > 0);
    await playground.server.sidecar.start();
    await playground.waitForRequests(20);
  });

  it('refuses what nothing redirected to the sidecar', async () => {
    playground = await Playground.start({ prefix: PREFIX });
    const script = `require('net').connect(15001, '${playground.server.address}').on('error', (e) => console.log(e.code))`;
    const { stdout } = await playground.client.run([process.execPath, '-e', script], { uid: 1500 });
    assert.equal(stdout.trim(), 'ECONNRESET');
    const { outbound } = await playground.server.sidecar.counters();
    assert.deepEqual([outbound.refused, outbound.connections], [1, 0]);
  });

  it('puts every process into its pod’s own cgroup', async () => {
    playground = await Playground.start({ prefix: PREFIX });
    const path = `/mesh-redirect-playground-${PREFIX}/server`;
    assert.equal(playground.server.cgroup.path, path);
    const own = readFileSync(`/proc/${playground.server.sidecar.pid}/cgroup`, 'utf8');
    assert.ok(own.split('\n').includes(`0::${path}`), own);
  });

  it('leaves nothing', async () => {
    playground = await Playground.start({ prefix: PREFIX, mode: 'iptables' });
    const pids = playground.pods.map((pod) => pod.sidecar.pid);
    assert.equal((await traces()).length, 4);
    await playground.stop();
    await playground.stop();
    assert.deepEqual(await traces(), []);
    assert.ok(!pids.some(processIsThere));
  });

  /** A process of its own with a playground, which prints its sidecars' pids. */
  async function startElsewhere(): Promise<{ child: ChildProcess; pids: number[] }> {
    const script = join(import.meta.dirname, 'holder.ts');
    const child = spawn(process.execPath, ['--import=tsx', script, PREFIX], { stdio: ['ignore', 'pipe', 2] });
    const pids = await new Promise<number[]>((resolve, reject) => {
      child.stdout?.once('data', (text: Buffer) => {
        resolve(JSON.parse(text.toString()) as number[]);
      });
      child.once('exit', (code) => {
        reject(new Error(`it ended with ${String(code)}`));
      });
    });
    return { child, pids };
  }

  it('cleans up when it is interrupted', async () => {
    const { child, pids } = await startElsewhere();
    const exit = new Promise((resolve) => {
      child.once('exit', (_code, signal) => {
        resolve(signal);
      });
    });
    child.kill('SIGTERM');
    assert.equal(await exit, 'SIGTERM');
    assert.deepEqual(await traces(), []);
    assert.ok(!pids.some(processIsThere));
  });

  it('removes what a killed run left, and starts anew', async () => {
    const { child, pids } = await startElsewhere();
    const exit = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exit;
    assert.ok(pids.every(processIsThere), 'the sidecars outlive whoever started them');
    playground = await Playground.start({ prefix: PREFIX, mode: 'iptables' });
    assert.ok(!pids.some(processIsThere));
    await playground.waitForRequests(20);
    assert.equal(playground.traffic().failed, 0);
    await playground.stop();
    assert.deepEqual(await traces(), []);
  });
});
