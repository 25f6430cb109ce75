import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Daemon } from '../../../playground/daemon';
import { Cgroup, cgroup2Mount } from '../../../playground/cgroup';
import { REDIRECT_HOOKS } from '../../../src/core/model';
import { run } from '../redirect/netns';
import { TestAgent, refused } from './harness';
import { Pod, move } from './pod';
import { loadRedirect, pinDirectory, removePins } from './redirect-object';

const HOOKS = [...REDIRECT_HOOKS];

describe('BPF programs', () => {
  let agent: TestAgent;
  let pod: Pod;
  let workload: string;
  let pins: string;
  beforeEach(async () => {
    pod = await Pod.make('attach');
    agent = new TestAgent();
    workload = (await agent.workload(pod.name)).id;
    pins = await pinDirectory(workload);
  });
  afterEach(async () => {
    await agent.stop();
    await pod.remove();
    await removePins(workload);
  });

  const snapshot = (from = agent) => from.client.request('snapshot', { workload });
  const attach = (load: string, programs: string[]) =>
    agent.client.request('bpf/attach', { workload, load, programs });
  const detach = (hooks: string[], by = agent) => by.client.request('bpf/detach', { workload, hooks });

  describe('bpf/attach', () => {
    it('attaches every hook, pinned, to the cgroup and to the namespace', async () => {
      const { load, program } = await loadRedirect(agent, workload);
      const { links } = await attach(load, HOOKS);
      assert.deepEqual(
        links.map(({ hook, pin }) => [hook, pin]),
        HOOKS.map((hook) => [hook, join(pins, hook)]),
      );
      assert.deepEqual(readdirSync(pins).sort(), [...HOOKS].sort());
      const { attachments, programs, maps } = await snapshot();
      assert.deepEqual(attachments.map(({ hook }) => hook).sort(), [...HOOKS].sort());
      for (const { hook, target, program: id, link, pin } of attachments) {
        assert.equal(id, program(hook));
        assert.equal(link, links.find((one) => one.hook === hook)?.id);
        assert.equal(pin, join(pins, hook));
        const cgroup = { kind: 'cgroup', path: pod.cgroup.path };
        assert.deepEqual(target, hook === 'sk_lookup' ? { kind: 'netns' } : cgroup);
      }
      assert.deepEqual(programs.map(({ name }) => name).sort(), [...HOOKS].sort());
      assert.ok(programs.every(({ translatedSize, tag }) => translatedSize > 0 && tag.length === 16));
      assert.ok(maps.some(({ name, type }) => name === 'origins' && type === 'sk_storage'));
    });

    it('stays when the agent ends, and is found by the next', async () => {
      await attach((await loadRedirect(agent, workload)).load, HOOKS);
      const before = await snapshot();
      assert.deepEqual(await agent.stop(), { exitCode: 0, signal: null });
      agent = new TestAgent();
      const after = await snapshot();
      assert.deepEqual(after.attachments, before.attachments);
      assert.deepEqual((await detach(HOOKS)).detached, HOOKS);
      assert.deepEqual((await snapshot()).attachments, []);
    });

    it('puts a new program into a pinned link, which stays the same', async () => {
      const first = await loadRedirect(agent, workload);
      const { links } = await attach(first.load, HOOKS);
      const second = await loadRedirect(agent, workload);
      const again = await attach(second.load, HOOKS);
      assert.deepEqual(
        again.links.map(({ id }) => id),
        links.map(({ id }) => id),
      );
      const { attachments } = await snapshot();
      assert.equal(attachments.length, HOOKS.length);
      for (const { hook, program } of attachments) assert.equal(program, second.program(hook));
    });

    it('attaches all or nothing', async () => {
      const exclusive = await startExclusive();
      const { load } = await loadRedirect(agent, workload);
      const { data } = await refused(
        attach(load, ['connect4', 'sk_lookup', 'connect6']),
        'bpf-attach-failed',
      );
      assert.equal(data['hook'], 'connect6');
      const { attachments } = await snapshot();
      assert.deepEqual(
        attachments.map(({ hook, link }) => [hook, link]),
        [['connect6', null]],
      );
      assert.ok(!existsSync(pins));
      await exclusive.stop('SIGKILL');
    });

    it('puts the former programs back where a later hook fails', async () => {
      const first = await loadRedirect(agent, workload);
      await attach(first.load, ['connect4', 'sk_lookup']);
      const exclusive = await startExclusive();
      const second = await loadRedirect(agent, workload);
      await refused(attach(second.load, ['connect4', 'sk_lookup', 'connect6']), 'bpf-attach-failed');
      const { attachments } = await snapshot();
      const ours = attachments.filter(({ pin }) => pin !== null);
      assert.deepEqual(
        ours.map(({ hook, program }) => [hook, program]),
        ['connect4', 'sk_lookup'].map((hook) => [hook, first.program(hook)]),
      );
      await exclusive.stop('SIGKILL');
    });

    it('reports links to a cgroup that is not the target any more, and moves them', async () => {
      const { load } = await loadRedirect(agent, workload);
      const before = await attach(load, ['connect4']);
      const outside = new Cgroup(await cgroup2Mount(), `${pod.cgroup.path}-outside`);
      await outside.create();
      try {
        const [process] = (await agent.workload(pod.name)).processes;
        await move(process?.pid ?? 0, outside);
        const stray = (await snapshot()).attachments;
        assert.deepEqual(
          stray.map(({ target }) => target),
          [{ kind: 'cgroup', path: pod.cgroup.path }],
        );
        const after = await attach(load, ['connect4']);
        assert.notEqual(after.links[0]?.id, before.links[0]?.id);
        const { attachments } = await snapshot();
        assert.deepEqual(
          attachments.map(({ target, pin }) => [target, pin]),
          [[{ kind: 'cgroup', path: outside.path }, join(pins, 'connect4')]],
        );
        assert.deepEqual(readdirSync(pins), ['connect4']);
      } finally {
        await outside.remove();
      }
    });

    it('attaches to the root where the workload has no cgroup of its own', async () => {
      const [process] = (await agent.workload(pod.name)).processes;
      await move(process?.pid ?? 0, new Cgroup(await cgroup2Mount(), '/'));
      await attach((await loadRedirect(agent, workload)).load, ['getpeername4']);
      const { attachments } = await snapshot();
      const target = attachments.find(({ pin }) => pin === join(pins, 'getpeername4'))?.target;
      assert.deepEqual(target, { kind: 'cgroup', path: '/' });
      await detach(['getpeername4']);
      await move(process?.pid ?? 0, pod.cgroup);
    });

    it('is not led to the root by a process that is only in the workload’s network', async () => {
      const stranger = await pod.start(['sh', '-c', 'echo ready; exec sleep infinity']);
      await move(stranger.pid, new Cgroup(await cgroup2Mount(), '/'));
      assert.equal((await agent.workload(pod.name)).cgroup, pod.cgroup.path);
      await attach((await loadRedirect(agent, workload)).load, ['connect4']);
      const { attachments } = await snapshot();
      assert.deepEqual(
        attachments.filter(({ pin }) => pin !== null).map(({ target }) => target),
        [{ kind: 'cgroup', path: pod.cgroup.path }],
      );
      const said = agent.logs.find(
        ({ level, message }) => level === 'warn' && message.includes('not redirected'),
      );
      assert.match(said?.message ?? '', new RegExp(`process ${stranger.pid} .*${pod.cgroup.path}`));
    });

    it('takes up a pin that an agent had set aside when it was killed', async () => {
      const { links } = await attach((await loadRedirect(agent, workload)).load, ['connect4']);
      renameSync(join(pins, 'connect4'), join(pins, 'connect4-old'));
      const again = await attach((await loadRedirect(agent, workload)).load, ['connect4']);
      assert.deepEqual(again.links, links);
      assert.deepEqual(readdirSync(pins), ['connect4']);
    });

    it('removes a pin that an agent had replaced already when it was killed', async () => {
      const { load } = await loadRedirect(agent, workload);
      await attach(load, ['connect4']);
      const held = join(dirname(dirname(pins)), `t-attach-${process.pid}`);
      renameSync(join(pins, 'connect4'), held);
      const { links } = await attach(load, ['connect4']);
      renameSync(held, join(pins, 'connect4-old'));
      assert.deepEqual((await attach(load, ['connect4'])).links, links);
      assert.deepEqual(readdirSync(pins), ['connect4']);
      assert.deepEqual(
        (await snapshot()).attachments.map(({ link }) => link),
        links.map(({ id }) => id),
      );
    });

    it('refuses programs that are not there, and a load of another workload', async () => {
      const { load } = await loadRedirect(agent, workload);
      await refused(attach(load, ['no_such_program']), 'wrong-params');
      await refused(attach(load, ['connect4', 'connect4']), 'wrong-params');
      await refused(attach('l99', ['connect4']), 'no-such-load');
      const host = (await agent.client.request('workloads/list', {})).workloads[0]?.id ?? '';
      const params = { workload: host, load, programs: ['connect4'] };
      await refused(agent.client.request('bpf/attach', params), 'no-such-load');
    });
  });

  describe('bpf/detach', () => {
    it('detaches what is named, passes over what is absent, and leaves nothing', async () => {
      await attach((await loadRedirect(agent, workload)).load, ['connect4', 'sockops']);
      assert.deepEqual((await detach(['sockops', 'sk_lookup'])).detached, ['sockops']);
      assert.deepEqual(readdirSync(pins), ['connect4']);
      assert.deepEqual((await detach(HOOKS)).detached, ['connect4']);
      assert.ok(!existsSync(pins));
      assert.deepEqual((await snapshot()).attachments, []);
    });

    it('removes the pins of a workload that has gone', async () => {
      await attach((await loadRedirect(agent, workload)).load, HOOKS);
      await pod.remove();
      assert.deepEqual((await detach(HOOKS)).detached, HOOKS);
      assert.ok(!existsSync(pins));
    });

    it('refuses names that are no hooks', async () => {
      await refused(detach(['../../etc']), 'wrong-params');
    });
  });

  /** Something that lets no link to connect6 beside it. */
  async function startExclusive() {
    const directory = mkdtempSync(join(tmpdir(), 'mesh-redirect-'));
    const program = join(directory, 'exclusive');
    await run('gcc', ['-Wall', '-o', program, join(import.meta.dirname, 'exclusive.c')]);
    // Not inside the pod: `ip netns exec` hides the cgroups.
    const daemon = await Daemon.start([program, pod.cgroup.directory]);
    rmSync(directory, { recursive: true });
    return daemon;
  }
});
