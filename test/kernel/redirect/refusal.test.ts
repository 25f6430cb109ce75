import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diffRulesets, parseRuleset } from '../../../src/core/iptables';
import type { NodeInfo, Snapshot } from '../../../src/core/model';
import { parsePolicy, type Policy } from '../../../src/core/policy';
import type { Mode, Refusal } from '../../../src/core/redirect';
import { AgentError } from '../../../src/nodes/errors';
import {
  ObjectError,
  SwitchError,
  SwitchRefused,
  preparePlan,
  switchWorkload,
  type SwitchRequest,
} from '../../../src/redirect';
import { eventually } from '../agent/harness';
import { run } from './netns';
import { OBJECTS, World } from './world';

describe('a switch that cannot be made', function () {
  this.timeout(240_000);
  let world: World;

  before(async () => {
    world = await World.start('refusal', { mode: 'iptables' });
  });
  after(() => world.stop());

  const pod = () => world.playground.client;
  const look = async (): Promise<Snapshot> => (await world.observe(pod())).snapshot;

  /** Everything that a switch could have changed. */
  function assertSame(before: Snapshot, after: Snapshot): void {
    const attached = ({ attachments }: Snapshot): string[] =>
      attachments.map(({ hook, pin }) => `${hook} ${pin}`);
    assert.deepEqual(attached(after), attached(before));
    const texts = ({ rulesets }: Snapshot): string[] => rulesets.map(({ text }) => text);
    assert.equal(texts(after).length, texts(before).length);
    for (const [index, text] of texts(before).entries()) {
      assert.deepEqual(diffRulesets(parseRuleset(text), parseRuleset(texts(after)[index] ?? '')), []);
    }
  }

  async function assertRefused(
    code: Refusal['code'],
    words: RegExp,
    mode: Mode,
    more: Partial<SwitchRequest> = {},
  ) {
    const before = await look();
    await assert.rejects(switchWorkload(world.request(pod(), mode, more)), (error) => {
      assert.ok(error instanceof SwitchRefused, String(error));
      assert.deepEqual([...new Set(error.refusals.map((refusal) => refusal.code))], [code]);
      assert.match(error.message, words);
      assert.notEqual(error.remedy, '');
      return true;
    });
    assertSame(before, await look());
  }

  const lacking = (...missing: NodeInfo['missing']): Partial<SwitchRequest> => ({
    connection: { agent: world.agent.client, info: { ...world.info, missing } },
  });

  it('is refused where the sidecar does not listen', async () => {
    await pod().sidecar.stop();
    for (const mode of ['ebpf', 'iptables'] as const) {
      await assertRefused('sidecar-not-listening', /15003.*15001/, mode);
    }
    await pod().sidecar.start();
  });

  it('is refused where another user than the sidecar’s listens', async () => {
    const policy = parsePolicy({ sidecarUid: 1501 }).policy ?? assert.fail();
    await assertRefused('sidecar-other-user', /User 1500.*1501/, 'ebpf', { policy });
  });

  it('is not refused for the user where a group is named, but says what is to be made sure of', async () => {
    const policy = parsePolicy({ sidecarUid: 1501, sidecarGid: 1500 }).policy ?? assert.fail();
    const { refusals, notices } = await preparePlan(world.request(pod(), 'ebpf', { policy }));
    assert.deepEqual(refusals, []);
    assert.match(notices.join(), /user 1501 listens on port 15003 \(user 1500\).*in group 1500/);
  });

  it('is refused in the node’s own namespace', async () => {
    const { workloads } = await world.agent.client.request('workloads/list', {});
    const host = workloads.find((workload) => workload.host) ?? assert.fail();
    const { refusals, steps } = await preparePlan(world.request(pod(), 'ebpf', { workloadId: host.id }));
    assert.ok(refusals.some(({ code }) => code === 'host'));
    assert.deepEqual(steps, []);
  });

  it('names what the node lacks, and leaves the other mode possible', async () => {
    const hook = lacking({ code: 'hook', detail: 'sk_lookup: EINVAL' });
    await assertRefused('node', /sk_lookup: EINVAL/, 'ebpf', hook);
    await assertRefused('node', /cgroup v2/, 'ebpf', lacking({ code: 'cgroup2', detail: '' }));
    await assertRefused('node', /type information/, 'ebpf', lacking({ code: 'btf', detail: '' }));
    await assertRefused('node', /no iptables/, 'iptables', lacking({ code: 'iptables', detail: '' }));
    assert.deepEqual((await preparePlan(world.request(pod(), 'iptables', hook))).refusals, []);
  });

  it('is refused beside another mesh', async () => {
    const istio = '*nat\n:ISTIO_OUTPUT - [0:0]\n-A OUTPUT -p tcp -j ISTIO_OUTPUT\nCOMMIT\n';
    await pod().run(['iptables-restore', '--noflush'], { input: istio });
    await assertRefused('foreign', /Istio \(chain ISTIO_OUTPUT\)/, 'ebpf');
    const gone = '*nat\n-D OUTPUT -p tcp -j ISTIO_OUTPUT\n-X ISTIO_OUTPUT\nCOMMIT\n';
    await pod().run(['iptables-restore', '--noflush'], { input: gone });
  });

  it('does not load an object that is not the manifest’s', async () => {
    const before = await look();
    const directory = await mkdtemp(join(tmpdir(), 't-core-objects-'));
    try {
      await copyFile(join(OBJECTS, 'manifest.json'), join(directory, 'manifest.json'));
      const request = world.request(pod(), 'ebpf', { objectsDirectory: directory });
      await assert.rejects(switchWorkload(request), (error) => (error as ObjectError).kind === 'missing');
      const manifest = await readFile(join(OBJECTS, 'manifest.json'), 'utf8');
      const whole = await readFile(join(OBJECTS, 'redirect.bpf.o'));
      const bytes = Buffer.from(whole);
      bytes.writeUInt8(bytes.readUInt8(1000) ^ 1, 1000);
      await writeFile(join(directory, 'redirect.bpf.o'), bytes);
      await assert.rejects(switchWorkload(request), (error) => {
        assert.ok(error instanceof ObjectError && error.kind === 'mismatch');
        assert.match(error.message, /SHA-256/);
        return true;
      });
      const renamed = manifest.replaceAll('"handover"', '"hangover"').replace(/"sha256": "[0-9a-f]+"/, () => {
        return `"sha256": "${createHash('sha256').update(whole).digest('hex')}"`;
      });
      await writeFile(join(directory, 'redirect.bpf.o'), whole);
      await writeFile(join(directory, 'manifest.json'), renamed);
      await assert.rejects(switchWorkload(request), (error) => {
        assert.ok(error instanceof ObjectError && error.kind === 'mismatch');
        assert.match(error.message, /other programs or maps/);
        return true;
      });
      await writeFile(join(directory, 'manifest.json'), '{');
      await assert.rejects(switchWorkload(request), (error) => (error as ObjectError).kind === 'manifest');
    } finally {
      await rm(directory, { recursive: true });
    }
    assertSame(before, await look());
  });

  it('says that the workload is gone', async () => {
    const name = `t-core-gone-${process.pid}`;
    await run('ip', ['netns', 'add', name]);
    const { id } = await world.agent.workload(name);
    await run('ip', ['netns', 'delete', name]);
    await assert.rejects(switchWorkload(world.request(pod(), 'ebpf', { workloadId: id })), (error) => {
      return error instanceof AgentError && error.data.kind === 'no-such-workload';
    });
  });

  for (const [from, to] of [
    ['iptables', 'ebpf'],
    ['ebpf', 'iptables'],
    ['iptables', 'none'],
    ['ebpf', 'none'],
  ] as const) {
    it(`is taken back from every step between ${from} and ${to}`, async () => {
      await switchWorkload(world.request(pod(), from));
      const { steps } = await preparePlan(world.request(pod(), to));
      assert.ok(steps.length >= 2);
      const failedBefore = world.playground.traffic().failed;
      for (let cancelled = 1; cancelled <= steps.length; cancelled++) {
        const before = await look();
        const maps = await world.maps(pod());
        const abort = new AbortController();
        const onStep = (_: string, number: number): void => {
          if (number === cancelled) abort.abort();
        };
        const result = switchWorkload(world.request(pod(), to, { signal: abort.signal, onStep }));
        await assert.rejects(result, (error) => {
          assert.ok(error instanceof SwitchError, String(error));
          assert.equal(error.kind, 'aborted');
          assert.equal(error.undone, 'undone', String(error.cause));
          return true;
        });
        await world.playground.waitForRequests(5);
        // What connections of the time between need goes with them.
        await eventually(async () => {
          assertSame(before, await look());
        });
        assert.deepEqual(await world.maps(pod()), maps);
      }
      const { failed, lastError } = world.playground.traffic();
      assert.equal(failed, failedBefore, String(lastError));
      await switchWorkload(world.request(pod(), to));
      assert.equal((await world.observe(pod())).verdict.kind, to);
    });
  }

  it('changes the policy of a running workload in place', async () => {
    const narrower: Policy =
      parsePolicy({
        outboundIpRangeInclusions: ['10.77.0.0/16'],
        outboundPortExclusions: ['9000-9010'],
        inboundSourceExclusions: ['192.0.2.0/24'],
      }).policy ?? assert.fail();
    await switchWorkload(world.request(pod(), 'ebpf'));
    const before = await look();
    const { plan } = await switchWorkload(world.request(pod(), 'ebpf', { policy: narrower }));
    const changes = plan.steps.map(({ call }) => call.verb).filter((verb) => verb !== 'workload/verify');
    assert.ok(changes.length >= 4);
    assert.ok(changes.every((verb) => verb === 'maps/update'));
    assertSame(before, await look());
    const again = await preparePlan(world.request(pod(), 'ebpf', { policy: narrower }));
    assert.deepEqual(again.steps, []);
    await world.playground.waitForRequests(20);
  });
});
