import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Cluster } from '../../playground/kind/cluster';
import { kindFolder } from '../../tools/kind/install.mjs';
import type { KindPod } from '../../playground/kind/kind-pod';
import { Load } from '../../playground/load';
import type { Workload } from '../../src/core/model';
import { DEFAULT_POLICY } from '../../src/core/policy';
import type { Mode } from '../../src/core/redirect';
import { kindNode, type Connection, type Node } from '../../src/nodes';
import { matchPods } from '../../src/core/pods';
import { findClusters, fingerprint } from '../../src/nodes/kind/clusters';
import { missingTool, toolEnvironment } from '../../src/nodes/kind/installed';
import { Tools } from '../../src/nodes/kind/tools';
import { observe, switchWorkload, verifyWorkload } from '../../src/redirect';
import { eventually, NO_QUESTIONS, nodeError, OwnAgent, Recorder } from './fixture';

const OBJECTS = join(import.meta.dirname, '..', '..', 'bpf', 'prebuilt');
const signal = new AbortController().signal;

describe('nodes of kind', function () {
  this.timeout(120_000);
  let cluster: Cluster;
  let agent: OwnAgent;
  let web: KindPod;
  let api: KindPod;
  let log: Recorder;

  before(async () => {
    agent = await OwnAgent.create();
    cluster = await Cluster.start({ prefix: 'test' });
    web = await cluster.node('worker').addPod({
      name: 'web',
      labels: { app: 'web' },
      annotations: { 'flomesh.io/outbound-port-exclusion-list': '3306' },
    });
    api = await cluster.node('control-plane').addPod({ name: 'api', namespace: 'shop' });
  });
  after(async () => {
    await cluster.stop();
    await agent.remove();
  });
  beforeEach(() => {
    log = new Recorder();
  });

  const node = (container: string): Node => {
    const settings = { cluster: 'mesh', container, provider: 'docker' as const };
    return kindNode(settings, agent.files, cluster.engine.environment);
  };
  const connect = (container: string, until = signal): Promise<Connection> =>
    node(container).connect({ prompts: NO_QUESTIONS, log, signal: until });
  const workloadOf = async (connection: Connection, pod: KindPod): Promise<Workload> => {
    const { workloads } = await connection.agent.request('workloads/list', {});
    const found = workloads.find(({ name }) => name === pod.namespace);
    assert.ok(found, `${pod.namespace} is not listed`);
    return found;
  };
  const tools = (): Tools => new Tools(log, toolEnvironment(cluster.engine.environment));

  it('are found by kind itself', async () => {
    const clusters = [{ name: 'mesh', nodes: ['mesh-control-plane', 'mesh-worker'] }];
    assert.deepEqual(await findClusters(tools(), signal), { kind: 'found', provider: 'docker', clusters });
    const before = await fingerprint(tools(), 'docker', signal);
    assert.equal(await fingerprint(tools(), 'docker', signal), before);
    await cluster.add('worker2');
    assert.notEqual(await fingerprint(tools(), 'docker', signal), before);
    const more = await findClusters(tools(), signal);
    assert.equal(more.kind === 'found' && more.clusters[0]?.nodes.length, 3);
    await cluster.remove('worker2');
    assert.equal(await fingerprint(tools(), 'docker', signal), before);
  });

  it('are told apart from a machine without kind, or without an engine', async () => {
    const environment = { ...cluster.engine.environment, PATH: '/nonexistent', HOME: '/nonexistent' };
    assert.deepEqual(await findClusters(new Tools(log, environment), signal), {
      kind: 'missing',
      what: 'engine',
    });
    assert.equal(await missingTool(environment), 'engine');
    const { PATH = '' } = cluster.engine.environment;
    assert.equal(await missingTool({ PATH }), null);
    assert.equal(await missingTool({ PATH: PATH.replaceAll(kindFolder(), '/nonexistent') }), 'kind');
  });

  it('get the agent as any node does, and mount what it lacks', async () => {
    const connection = await connect('mesh-worker');
    assert.deepEqual(log.steps(agent), ['survey', 'upload', 'survey']);
    const { info } = connection;
    assert.equal(info.hostname, 'mesh-worker');
    assert.equal(info.bpffs, null);
    assert.deepEqual(info.missing, []);
    const workload = await workloadOf(connection, web);
    const pods = matchPods([workload], (await connection.pods(signal)) ?? []);
    const { annotations, ...pod } = pods.get(workload.id) ?? assert.fail('the pod is not known');
    assert.deepEqual(pod, { namespace: 'default', name: 'web', uid: web.uid, labels: { app: 'web' } });
    assert.equal(annotations['flomesh.io/outbound-port-exclusion-list'], '3306');
    assert.equal(workload.processCount, 2);
    assert.match(workload.cgroup ?? '', /-pod0f5c1a2e_1111_2222_3333_\d+\.slice$/);
    const { snapshot, verdict } = await observe(connection.agent, workload.id, DEFAULT_POLICY);
    assert.equal(verdict.kind, 'none');
    assert.deepEqual(
      snapshot.listeners
        .filter(({ port, family }) => port === 15003 && family === 'ipv4')
        .map(({ uid }) => uid),
      [1500],
    );
    connection.dispose();
    assert.equal(await connection.agent.closed, 'the connection was closed');
  });

  it('have a pod switched to eBPF and back under traffic', async () => {
    const connection = await connect('mesh-worker');
    const { id } = await workloadOf(connection, web);
    const load = await Load.start(web, api, { persistent: 5, rate: 50 });
    for (const to of ['ebpf', 'iptables', 'ebpf', 'none'] as const satisfies Mode[]) {
      await switchWorkload({
        ...{ connection, workloadId: id, policy: DEFAULT_POLICY, to, objectsDirectory: OBJECTS },
        ...{ reconnect: () => connect('mesh-worker'), holder: 'test@here', drain: 600 },
      });
      assert.equal((await observe(connection.agent, id, DEFAULT_POLICY)).verdict.kind, to);
      const { ok } = load.totals().new;
      await load.until((totals) => totals.new.ok > ok + 20);
      if (to === 'none') continue;
      const mode = { connection, workloadId: id, policy: DEFAULT_POLICY, mode: to };
      const failed = (await verifyWorkload(mode)).filter(({ outcome }) => outcome === 'failed');
      assert.deepEqual(failed, []);
    }
    const { failures, errors } = await load.stop();
    assert.deepEqual([failures.all, errors], [0, []]);
    assert.ok((await load.redirected()).outbound > 0);
    connection.dispose();
    await connection.agent.closed;
  });

  it('lose pins and namespaces with a restart, and are reached again', async () => {
    const connection = await connect('mesh-worker');
    const { id } = await workloadOf(connection, web);
    await switchWorkload({
      ...{ connection, workloadId: id, policy: DEFAULT_POLICY, to: 'ebpf', objectsDirectory: OBJECTS },
      ...{ reconnect: () => connect('mesh-worker'), holder: 'test@here' },
    });
    const worker = cluster.node('worker');
    await worker.restart();
    assert.match(await connection.agent.closed, /the container mesh-worker (was started anew|does not run)/);
    await worker.route(cluster.nodes);
    await web.start();
    const again = await connect('mesh-worker');
    const workload = await workloadOf(again, web);
    assert.notEqual(workload.id, id);
    const { verdict } = await observe(again.agent, workload.id, DEFAULT_POLICY);
    assert.equal(verdict.kind, 'none');
    again.dispose();
    await again.agent.closed;
  });

  it('say that their container is gone, or does not run', async () => {
    await assert.rejects(connect('mesh-nobody'), nodeError('unreachable', /no container mesh-nobody/));
    const spare = await cluster.add('spare');
    await cluster.engine.docker(['pause', spare.name]);
    await assert.rejects(
      connect(spare.name),
      nodeError('unreachable', /mesh-spare does not run: it is paused/),
    );
    await cluster.engine.docker(['unpause', spare.name]);
    const connection = await connect(spare.name);
    await cluster.remove('spare');
    assert.match(await connection.agent.closed, /the container mesh-spare (is gone|does not run \(\w+\))/);
  });

  it('can be given up at any moment of connecting, and keep no agent then', async () => {
    for (const step of ['inspect', 'survey'] as const) {
      const controller = new AbortController();
      log = new Recorder((argv) => {
        if (argv.includes('inspect') ? step === 'inspect' : log.steps(agent).at(-1) === step)
          controller.abort();
      });
      await assert.rejects(connect('mesh-worker', controller.signal), nodeError('cancelled'), step);
    }
    await eventually(async () => (await agent.processes()).length === 0);
  });

  it('go with their cluster when kind deletes it: whoever is connected or connecting is told', async () => {
    const connection = await connect('mesh-worker');
    const seen: number[] = [];
    const deleting = cluster.engine.kind(['delete', 'cluster', '--name', 'mesh']);
    const watching = (async () => {
      for (;;) {
        const situation = await findClusters(tools(), signal);
        const nodes = situation.kind === 'found' ? (situation.clusters[0]?.nodes.length ?? 0) : -1;
        seen.push(nodes);
        if (nodes < 1) return;
      }
    })();
    const late = connect('mesh-control-plane').then(({ agent: client }) => client.closed);
    const [told] = await Promise.allSettled([late, watching, deleting]);
    if (told.status === 'fulfilled') assert.match(told.value, /the container mesh-control-plane /);
    else assert.ok(nodeError('unreachable')(told.reason));
    await Promise.all([watching, deleting]);
    assert.match(await connection.agent.closed, /the container mesh-worker (is gone|does not run \(\w+\))/);
    assert.equal(seen.at(-1), 0);
    assert.deepEqual(await findClusters(tools(), signal), {
      kind: 'found',
      provider: 'docker',
      clusters: [],
    });
    await assert.rejects(connect('mesh-worker'), nodeError('unreachable', /no container mesh-worker/));
  });
});
