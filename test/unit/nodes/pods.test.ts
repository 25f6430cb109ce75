import assert from 'node:assert/strict';
import type { Workload } from '../../../src/core/model';
import { findSidecar, matchPods, type Sandbox } from '../../../src/core/pods';
import { DEFAULT_POLICY } from '../../../src/core/policy';
import { parseList, parseSandboxes } from '../../../src/nodes/pods/containerd';

const UID = '0f5c1a2e-1111-2222-3333-444455556661';

const workload = (more: Partial<Workload>): Workload => ({
  ...{ id: 'c1', inode: 1, cookie: '1', name: null, host: false, controlPort: null, cgroup: null },
  ...{ processes: [], processCount: 0 },
  ...more,
});
const pod = { namespace: 'shop', name: 'web', uid: UID, labels: {}, annotations: {} };
const sandbox = (more: Partial<Sandbox>): Sandbox => ({ pod, pid: null, netns: null, ...more });

const matched = (one: Workload, other: Sandbox): boolean => matchPods([one], [other]).get(one.id) === pod;

describe('pods of workloads', () => {
  it('are found by process, by namespace, and by cgroup', () => {
    const processes = [{ pid: 7, uid: 0, comm: 'pause' }];
    assert.ok(matched(workload({ processes }), sandbox({ pid: 7 })));
    assert.ok(matched(workload({ name: 'cni-1' }), sandbox({ netns: 'cni-1' })));
    const slice = `kubelet-kubepods-besteffort-pod${UID.replaceAll('-', '_')}.slice`;
    assert.ok(matched(workload({ cgroup: `/kubelet.slice/${slice}` }), sandbox({})));
    assert.ok(matched(workload({ cgroup: `/kubepods/burstable/pod${UID}/abc` }), sandbox({})));
  });

  it('are not found where nothing says so', () => {
    const processes = [{ pid: 8, uid: 0, comm: 'pause' }];
    const other = workload({ processes, name: 'cni-2', cgroup: '/kubepods/pod1' });
    assert.ok(!matched(other, sandbox({ pid: 7, netns: 'cni-1' })));
    assert.ok(!matched(workload({ cgroup: '/' }), sandbox({ pod: { ...pod, uid: '' } })));
  });

  it('are never the node itself, whose network some of them share', () => {
    const host = workload({ host: true, processes: [{ pid: 7, uid: 0, comm: 'kube-proxy' }] });
    assert.ok(!matched(host, sandbox({ pid: 7 })));
  });
});

describe('what containerd tells of pods', () => {
  const LIST = `a word of the shell
mesh-redirect:tasks
TASK          PID    STATUS
web-sandbox   183    RUNNING
old           0      STOPPED
mesh-redirect:sandboxes
web-sandbox
old
`;
  const running = parseList(LIST) ?? assert.fail('not read');

  it('is which sandboxes run, with their processes', () => {
    assert.deepEqual([...running.pids], [['web-sandbox', 183]]);
    assert.deepEqual(running.sandboxes, ['web-sandbox', 'old']);
    assert.equal(parseList('no containerd here\n'), null);
  });

  const labels = {
    app: 'web',
    'io.cri-containerd.kind': 'sandbox',
    'io.kubernetes.pod.name': 'web',
    'io.kubernetes.pod.namespace': 'shop',
    'io.kubernetes.pod.uid': UID,
  };
  const described = (more: object): string =>
    `mesh-redirect:sandbox\n${JSON.stringify({ ID: 'web-sandbox', Labels: labels, ...more }, null, 4)}\n`;

  it('is what the kubelet asked for, where the CRI plugin keeps that', () => {
    const config = { labels: { ...labels, tier: 'front' }, annotations: { 'flomesh.io/x': 'y' } };
    const metadata = { Version: 'v1', Metadata: { NetNSPath: '/var/run/netns/cni-7', Config: config } };
    const value = Buffer.from(JSON.stringify(metadata)).toString('base64');
    const Extensions = { 'io.cri-containerd.sandbox.metadata': { type_url: 'x', value } };
    const Spec = { annotations: { 'io.kubernetes.cri.container-type': 'sandbox' } };
    assert.deepEqual(parseSandboxes(described({ Extensions, Spec }), running), {
      sandboxes: [
        {
          pod: { ...pod, labels: { app: 'web', tier: 'front' }, annotations: { 'flomesh.io/x': 'y' } },
          pid: 183,
          netns: 'cni-7',
        },
      ],
      unknown: 0,
    });
  });

  it('is else in the labels and the specification', () => {
    const linux = { namespaces: [{ type: 'pid' }, { type: 'network', path: '/run/netns/cni-8' }] };
    const Spec = { annotations: { a: 'b' }, linux };
    const { sandboxes } = parseSandboxes(described({ Spec, Extensions: null }), running);
    assert.deepEqual(sandboxes, [
      { pod: { ...pod, labels: { app: 'web' }, annotations: { a: 'b' } }, pid: 183, netns: 'cni-8' },
    ]);
  });

  it('is passed over where it is something else, or gone', () => {
    const text = `${described({})}mesh-redirect:sandbox\nmesh-redirect:sandbox\n{"ID": 7}\nmesh-redirect:sandbox\n{\n`;
    const { sandboxes, unknown } = parseSandboxes(text, running);
    assert.deepEqual([sandboxes.length, unknown], [1, 2]);
  });
});

describe('a sidecar', () => {
  const listener = { family: 'ipv4', address: '0.0.0.0', v6only: false } as const;
  const at = (port: number, uid: number) => ({ ...listener, port, uid });
  const kindOf = (...listeners: ReturnType<typeof at>[]): string =>
    findSidecar({ listeners }, DEFAULT_POLICY).kind;

  it('is known by its user and its ports', () => {
    assert.equal(kindOf(at(15003, 1500), at(15001, 1500)), 'both');
    assert.equal(kindOf(at(15003, 1500), at(15001, 0)), 'one');
    assert.equal(kindOf(at(15003, 0), at(15001, 0), at(80, 1500)), 'none');
  });
});
