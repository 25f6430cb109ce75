import assert from 'node:assert/strict';
import { matchPods } from '../../src/core/pods';
import { startAgent } from '../../src/nodes/agent/connect';
import { CriNode } from './cri-node';
import { NO_QUESTIONS, OwnAgent, Recorder } from './fixture';

const { signal } = new AbortController();

describe('pods that a kubelet would have made', () => {
  let agent: OwnAgent;
  let node: CriNode;
  before(async () => {
    agent = await OwnAgent.create();
    node = await CriNode.start();
  });
  after(async () => {
    await node.stop();
    await agent.remove();
  });

  it('are known by name, labels and annotations, and matched to the workloads that they are', async () => {
    const uid = '0f5c1a2e-1111-2222-3333-444455556666';
    const annotations = {
      'flomesh.io/inbound-port-exclusion-list': '8081',
      'kubernetes.io/config.source': 'api',
    };
    const web = {
      name: 'web',
      namespace: 'shop',
      uid,
      labels: { app: 'web', 'app.kubernetes.io/part-of': 'shop' },
      annotations,
    };
    const bare = {
      name: 'bare',
      namespace: 'default',
      uid: uid.replace('1111', '4711'),
      labels: {},
      annotations: {},
    };
    await node.runPod(web);
    await node.runPod(bare);
    const log = new Recorder();
    const connection = await startAgent('cri', node.runner, agent.files, {
      prompts: NO_QUESTIONS,
      log,
      signal,
    });
    const { workloads } = await connection.agent.request('workloads/list', {});
    const pods = matchPods(workloads, (await connection.pods(signal)) ?? []);
    const named = [...pods.values()].sort((a, b) => b.name.localeCompare(a.name));
    assert.deepEqual(named, [web, bare]);
    const [first] = workloads.filter(({ id }) => pods.get(id)?.name === 'web');
    assert.deepEqual(
      first?.processes.map(({ comm }) => comm),
      ['pause'],
    );
    assert.deepEqual(
      log.messages.filter(({ level }) => level === 'warn'),
      [],
    );
    connection.dispose();
    await connection.agent.closed;
  });
});
