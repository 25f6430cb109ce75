import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { AGENT, TestAgent, until } from './harness';
import { Pod, cpuTicks } from './pod';
import { argvOf, childrenOf, isAlive } from './processes';
import { request, unframe } from './raw';
import { loadRedirect } from './redirect-object';

describe("the agent's life", () => {
  it('has less than 2 MB, needs no library, and prints its version', async () => {
    assert.ok(statSync(AGENT).size < 2_000_000);
    const child = spawn(AGENT, ['version'], { env: {}, stdio: ['ignore', 'pipe', 'inherit'] });
    const [version] = (await once(child.stdout, 'data')) as [Buffer];
    assert.match(version.toString(), /^\d+\.\d+\.\d+\n$/);
  });

  it('says how it is used', async () => {
    const child = spawn(AGENT, ['--what'], { stdio: 'ignore' });
    const [exitCode] = (await once(child, 'close')) as [number];
    assert.equal(exitCode, 64);
  });

  it('ends with its stdin, in the middle of watches, and leaves no process and no program', async () => {
    const pod = await Pod.make('life');
    const agent = new TestAgent();
    try {
      const { id } = await agent.workload(pod.name);
      const { map } = await loadRedirect(agent, id);
      const what = { rulesets: true, attachments: true, maps: [map('settings'), map('origins')], known: [] };
      for (const watch of ['a', 'b'])
        await agent.client.request('watch/start', { watch, workload: id, interval: 100, ...what });
      await agent.change('b', () => true);
      assert.deepEqual(await agent.stop(), { exitCode: 0, signal: null });
      assert.ok(!existsSync(`/proc/${agent.pid}`));
    } finally {
      await agent.stop();
      await pod.remove();
    }
  });

  it('takes what it runs with it when it is killed', async () => {
    const pod = await Pod.make('orphan');
    const agent = new TestAgent();
    try {
      const { id } = await agent.workload(pod.name);
      const holder = await pod.holdLock();
      const waiting = {
        family: 'ipv4',
        backend: 'legacy',
        text: '*nat\nCOMMIT\n',
        waitSeconds: 600,
      } as const;
      agent.client.request('iptables/restore', { workload: id, ...waiting }).catch(() => undefined);
      const child = await until(() => childrenOf(agent.pid).find((pid) => argvOf(pid).includes('600')));
      agent.child.kill('SIGKILL');
      await until(() => !isAlive(child) || undefined);
      await holder.stop('SIGKILL');
    } finally {
      await agent.stop();
      await pod.remove();
    }
  });

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    it(`ends on ${signal}`, async () => {
      const agent = new TestAgent();
      await agent.client.request('workloads/list', {});
      agent.child.kill(signal);
      assert.deepEqual(await agent.exited, { exitCode: 0, signal: null });
    });

  it('ends when nobody reads its output any more', async () => {
    const child = spawn(AGENT, { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.on('error', () => undefined);
    child.stdout.destroy();
    child.stdin.write(request(1, 'workloads/list', {}));
    const [exitCode, signal] = (await once(child, 'close')) as [number | null, string | null];
    assert.deepEqual({ exitCode, signal }, { exitCode: 0, signal: null });
  });

  it('waits for a slow reader without losing an answer', async () => {
    const child = spawn(AGENT, { stdio: ['pipe', 'pipe', 'inherit'] });
    const id = 'x'.repeat(100_000);
    const answers = 300;
    child.stdout.pause();
    for (let i = 0; i < answers; i += 1) child.stdin.write(request(id, 'no/such/verb'));
    // It reads no further request once so much is unread: the rest of ours stays in the pipe.
    await until(() => child.stdin.writableLength > 0 || undefined);
    const chunks: Buffer[] = [];
    child.stdout.on('data', (bytes: Buffer) => chunks.push(bytes)).resume();
    const received = () => chunks.reduce((sum, { length }) => sum + length, 0);
    await until(() => received() >= answers * id.length || undefined);
    child.stdin.end();
    await once(child, 'close');
    assert.equal(unframe(Buffer.concat(chunks)).length, answers);
  });

  it('uses no CPU at rest', async () => {
    const agent = new TestAgent();
    try {
      await agent.client.request('workloads/list', {});
      await until(async () => {
        const before = await cpuTicks(agent.pid);
        await sleep(1000);
        return (await cpuTicks(agent.pid)) === before || undefined;
      });
      const wakes = () => {
        const status = readFileSync(`/proc/${agent.pid}/status`, 'utf8');
        return /^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1];
      };
      const before = wakes();
      await sleep(1000);
      assert.equal(wakes(), before, 'it woke without a reason');
    } finally {
      await agent.stop();
    }
  });

  it('holds no namespace and no descriptor of a workload that it has looked at', async () => {
    const pod = await Pod.make('held');
    const agent = new TestAgent();
    try {
      const { id } = await agent.workload(pod.name);
      const count = () => readdirSync(`/proc/${agent.pid}/fd`).length;
      await agent.client.request('snapshot', { workload: id });
      const before = count();
      for (let i = 0; i < 5; i += 1) await agent.client.request('snapshot', { workload: id });
      assert.equal(count(), before);
      await agent.client.request('watch/start', {
        watch: 'w',
        workload: id,
        interval: 100,
        rulesets: true,
        attachments: true,
        maps: [],
        known: [],
      });
      await agent.change('w', () => true);
      await pod.remove();
      await agent.change('w', ({ gone }) => gone === true);
      assert.equal(count(), before);
    } finally {
      await agent.stop();
      await pod.remove();
    }
  });
});
