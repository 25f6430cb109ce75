import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { Cgroup, cgroup2Mount } from '../../../playground/cgroup';
import { run } from '../redirect/netns';
import { TestAgent, refused, until } from './harness';
import { Pod, move } from './pod';

describe('workloads/list', () => {
  let agent: TestAgent;
  let pod: Pod;
  beforeEach(async () => {
    pod = await Pod.make('list');
    agent = new TestAgent();
  });
  afterEach(async () => {
    await agent.stop();
    await pod.remove();
  });

  it("lists a pod with its processes and its cgroup, and the node's own first", async () => {
    const { workloads } = await agent.client.request('workloads/list', {});
    assert.equal(workloads.filter(({ host }) => host).length, 1);
    assert.equal(workloads[0]?.host, true);
    assert.equal(workloads[0].inode, statSync('/proc/self/ns/net').ino);
    const found = workloads.find(({ name }) => name === pod.name);
    assert.equal(found?.inode, statSync(`/run/netns/${pod.name}`).ino);
    assert.equal(found.id, `c${String(found.cookie)}`);
    assert.equal(found.cgroup, pod.cgroup.path);
    assert.deepEqual(
      found.processes.map(({ comm, uid }) => [comm, uid]),
      // The shell says that it is ready, and then becomes `sleep`.
      [[found.processes[0]?.comm === 'sh' ? 'sh' : 'sleep', 0]],
    );
    assert.equal(found.processCount, 1);
  });

  it('finds the deepest cgroup that holds all processes of a pod', async () => {
    const inner = new Cgroup(await cgroup2Mount(), `${pod.cgroup.path}/inner`);
    await inner.create();
    try {
      const [first] = (await agent.workload(pod.name)).processes;
      await move(first?.pid ?? 0, inner);
      assert.equal((await agent.workload(pod.name)).cgroup, inner.path);
      await pod.start(['sh', '-c', 'echo ready; exec sleep infinity']);
      assert.equal((await agent.workload(pod.name)).cgroup, pod.cgroup.path);
    } finally {
      await inner.remove();
    }
  });

  it('gives no cgroup where it is shared with another namespace', async () => {
    const other = await Pod.make('other');
    try {
      const [process] = (await agent.workload(other.name)).processes;
      await move(process?.pid ?? 0, pod.cgroup);
      assert.equal((await agent.workload(pod.name)).cgroup, null);
      assert.equal((await agent.workload(other.name)).cgroup, null);
    } finally {
      await other.remove();
    }
  });

  it('lists a namespace that has a name and no process', async () => {
    const name = `t-agent-empty-${process.pid}`;
    await run('ip', ['netns', 'add', name]);
    try {
      const { processes, cgroup } = await agent.workload(name);
      assert.deepEqual(processes, []);
      assert.equal(cgroup, null);
    } finally {
      await run('ip', ['netns', 'delete', name]);
    }
  });

  it('shows names that are not UTF-8 with a replacement', async () => {
    await pod.start([
      'sh',
      '-c',
      String.raw`printf 'a\377b' > /proc/$$/comm; echo ready; while :; do sleep 1; done`,
    ]);
    const { processes } = await agent.workload(pod.name);
    assert.ok(processes.some(({ comm }) => comm === 'a\uFFFDb'));
  });

  it('refuses a workload that has gone, and never gives its id to another', async () => {
    const { id } = await agent.workload(pod.name);
    await pod.remove();
    await until(async () => {
      const { workloads } = await agent.client.request('workloads/list', {});
      return workloads.every((workload) => workload.id !== id) || undefined;
    });
    const error = await refused(agent.client.request('snapshot', { workload: id }), 'no-such-workload');
    assert.equal(error.data['workload'], id);
    pod = await Pod.make('list');
    assert.notEqual((await agent.workload(pod.name)).id, id);
  });

  it('refuses ids that cannot be one', async () => {
    for (const workload of ['', 'c', 'c1/../..', 'x1', `c${'1'.repeat(40)}`])
      await refused(agent.client.request('snapshot', { workload }), 'wrong-params');
  });
});
