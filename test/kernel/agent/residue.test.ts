import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { mountOf } from '../../../playground/cgroup';
import { Daemon } from '../../../playground/daemon';
import { REDIRECT_HOOKS, type NodeResidue } from '../../../src/core/model';
import { AGENT_DIRECTORIES } from '../../../src/nodes/agent/bootstrap';
import { AGENT, TestAgent, refused, until } from './harness';
import { Pod } from './pod';
import { loadParams, loadRedirect, pinDirectory, redirectObject, removePins } from './redirect-object';
import { JOURNALS, addChain, applyParams } from './switching';

const HOOKS = [...REDIRECT_HOOKS];

describe('residue', () => {
  let agent: TestAgent;
  beforeEach(() => {
    agent = new TestAgent();
  });
  afterEach(() => agent.stop());

  const list = (from = agent): Promise<NodeResidue> => from.client.request('residue/list', {});
  const remove = (links: number[], files: string[]) =>
    agent.client.request('residue/remove', { links, files });

  describe('in bpffs', () => {
    let pod: Pod;
    let workload: string;
    let bpffs: string;
    let held: string;
    beforeEach(async () => {
      pod = await Pod.make('residue');
      workload = (await agent.workload(pod.name)).id;
      bpffs = (await mountOf('bpf')) ?? assert.fail('no bpffs');
      held = join(bpffs, `t-residue-${process.pid}`);
    });
    afterEach(async () => {
      rmSync(held, { force: true });
      await pod.remove();
      await removePins(workload);
    });

    const attach = async (hooks: string[], by = agent) => {
      const { load } = await loadRedirect(by, workload);
      return by.client.request('bpf/attach', { workload, load, programs: hooks });
    };
    const pins = async () => (await list()).pins.find((one) => one.workload === workload);
    const attached = async () =>
      (await agent.client.request('snapshot', { workload })).attachments.map(({ hook }) => hook);
    /** The ids of links that are listed as ours. */
    const links = async (from = agent) => (await list(from)).links.map(({ id }) => id);

    it('are the pins of a workload, and those of one that is gone', async () => {
      await attach(HOOKS);
      const all = { workload, hooks: [...HOOKS].sort(), accelerated: false };
      assert.deepEqual(await pins(), { ...all, gone: false });
      await pod.remove();
      assert.deepEqual(await pins(), { ...all, gone: true });
      await agent.client.request('bpf/detach', { workload, hooks: HOOKS });
      assert.equal(await pins(), undefined);
    });

    it('are pins that wait aside, once each, and empty directories', async () => {
      await attach(['connect4']);
      const directory = await pinDirectory(workload);
      renameSync(join(directory, 'connect4'), join(directory, 'connect4-old'));
      await attach(['connect4', 'getsockopt']);
      assert.deepEqual((await pins())?.hooks, ['connect4', 'getsockopt']);
      await agent.client.request('bpf/detach', { workload, hooks: HOOKS });
      mkdirSync(directory, { recursive: true });
      assert.deepEqual((await pins())?.hooks, []);
      await agent.client.request('bpf/detach', { workload, hooks: [] });
      assert.equal(await pins(), undefined);
    });

    it('is no link that a pin of ours holds', async () => {
      const { links: made } = await attach(HOOKS);
      const found = await links();
      assert.deepEqual(
        made.filter(({ id }) => found.includes(id)),
        [],
      );
    });

    it('is each link that none does, and removing it detaches its program', async () => {
      const directory = await pinDirectory(workload);
      for (const hook of HOOKS) {
        const { links: made } = await attach(HOOKS);
        const { id } = made.find((one) => one.hook === hook) ?? assert.fail();
        renameSync(join(directory, hook), held);
        assert.deepEqual(
          (await list()).links.filter((link) => link.id === id),
          [{ id, hook, program: hook }],
        );
        assert.ok((await attached()).includes(hook));
        await remove([id], []);
        assert.deepEqual((await attached()).sort(), HOOKS.filter((other) => other !== hook).sort());
        assert.ok(!(await links()).includes(id));
        rmSync(held);
      }
    });

    it('is no link that is pinned in a bpffs of another mount namespace', async () => {
      const enter = 'mount -t bpf none "$1" && exec "$2"';
      const other = new TestAgent(['unshare', '--mount', 'sh', '-c', enter, 'sh', bpffs, AGENT]);
      try {
        const { links: made } = await attach(HOOKS, other);
        assert.equal((await attached()).length, HOOKS.length);
        assert.equal(await pins(), undefined);
        const found = await links();
        assert.deepEqual(
          made.filter(({ id }) => found.includes(id)),
          [],
        );
        assert.deepEqual(
          (await list(other)).pins.map((one) => one.workload),
          [workload],
        );
      } finally {
        await other.stop();
      }
    });

    it('is no program of others, also where it has the names of ours', async () => {
      for (const [ours, theirs] of [
        ['counters', 'countess'],
        ['origins', 'margins'],
      ] as const) {
        const object = Buffer.from(redirectObject().toString('latin1').replaceAll(ours, theirs), 'latin1');
        const { load } = await agent.client.request('bpf/load', loadParams(workload, object));
        const programs = ['getpeername4'];
        const { links: made } = await agent.client.request('bpf/attach', { workload, load, programs });
        renameSync(join(await pinDirectory(workload), 'getpeername4'), held);
        assert.ok((await attached()).includes('getpeername4'));
        const id = made[0]?.id ?? assert.fail();
        assert.ok(!(await links()).includes(id));
        const error = await refused(remove([id], []), 'wrong-params');
        assert.match(error.message, new RegExp(`no link ${id}: nothing was removed`));
        assert.ok((await attached()).includes('getpeername4'));
        rmSync(held);
      }
    });
  });

  describe('in the directories of agents', () => {
    const NAMES = ['0123456789abcdef', '0123456789abcdee', '0123456789abcded'].map((hex) => `agent-${hex}`);
    const made: string[] = [];
    const make = (directory: string, name: string, text = 'x'): string => {
      if (!existsSync(directory)) mkdirSync(directory, { mode: 0o700, recursive: true });
      const path = join(directory, name);
      writeFileSync(path, text, { mode: 0o700 });
      made.push(path);
      return path;
    };
    const paths = async (from = agent) => (await list(from)).files.map(({ path }) => path);
    afterEach(() => {
      for (const path of made.splice(0)) rmSync(path, { force: true });
    });
    const [PLACE] = AGENT_DIRECTORIES;

    it('are agents wherever they may have been put, and the directory goes with the last', async () => {
      const before = AGENT_DIRECTORIES.filter((directory) => existsSync(directory));
      const files = AGENT_DIRECTORIES.map((directory) => make(directory, NAMES[0] ?? '', 'four'));
      const found = (await list()).files.filter(({ path }) => files.includes(path));
      assert.deepEqual(
        found,
        files.map((path) => ({ path, size: 4 })),
      );
      await remove([], files);
      assert.deepEqual(
        files.filter((path) => existsSync(path)),
        [],
      );
      for (const directory of AGENT_DIRECTORIES)
        if (!before.includes(directory)) assert.ok(!existsSync(directory), directory);
    });

    it('are what cut-off uploads and trials have left, and not those that go on', async () => {
      // No process has a number so high.
      const left = ['.upload-999999999', '.probe-999999999'].map((name) => make(PLACE, name));
      const going = ['.upload-', '.probe-'].map((name) => make(PLACE, `${name}${process.pid}`));
      const found = await paths();
      assert.deepEqual(
        [...left, ...going].filter((path) => found.includes(path)),
        left,
      );
    });

    it('is no agent that runs, whoever runs it', async () => {
      const path = make(PLACE, NAMES[1] ?? '');
      copyFileSync(AGENT, path);
      const running = new TestAgent([path]);
      for (const one of [agent, running]) assert.ok(!(await paths(one)).includes(path));
      await refused(remove([], [path]), 'wrong-params');
      await running.stop();
      assert.ok((await paths()).includes(path));
    });

    it('is nothing else, and nothing else is removed', async () => {
      const others = [
        ...['agent', 'agent-', 'agent-0123456789abcde', 'agent-0123456789abcdefg', `${NAMES[2]}.txt`],
        ...['.upload-', '.upload-1x', '.probe-99999999999', 'upload-999999999'],
      ].map((name) => make(PLACE, name));
      const link = join(PLACE, NAMES[2] ?? '');
      symlinkSync(others[0] ?? '', link);
      made.push(link);
      const ours = make(PLACE, NAMES[0] ?? '');
      const found = await paths();
      assert.deepEqual(
        [...others, link, ours].filter((path) => found.includes(path)),
        [ours],
      );
      const detour = `${dirname(ours)}/../${ours.split('/').slice(-2).join('/')}`;
      for (const path of [...others, link, detour, '', '/', PLACE]) {
        const error = await refused(remove([], [ours, path]), 'wrong-params');
        assert.match(error.message, /names no file .*: nothing was removed/);
      }
      assert.ok([...others, ours].every((path) => existsSync(path)));
    });
  });

  describe('beside the journals of switches', () => {
    // No workload has one of these.
    const [CORRUPT, HELD, ALONE] = ['c999999999000001', 'c999999999000002', 'c999999999000003'] as const;
    const at = (name: string): string => join(JOURNALS, name);
    const names = async () =>
      (await list()).files.flatMap(({ path }) => (dirname(path) === JOURNALS ? [basename(path)] : []));
    const made: string[] = [];
    const make = (name: string): string => {
      mkdirSync(JOURNALS, { mode: 0o700, recursive: true });
      writeFileSync(at(name), 'x'.repeat(4096), { mode: 0o600 });
      made.push(at(name));
      return name;
    };
    /** Holds the lock of a file for as long as `work` takes. */
    const locked = async (name: string, work: () => Promise<void>): Promise<void> => {
      const holder = await Daemon.start([
        'flock',
        '--no-fork',
        at(name),
        'sh',
        '-c',
        'echo ready; exec sleep infinity',
      ]);
      try {
        await work();
      } finally {
        await holder.stop('SIGKILL');
      }
    };
    afterEach(() => {
      for (const path of made.splice(0)) rmSync(path, { force: true });
    });

    it('are drafts, sockets and unreadable journals, as long as nobody works on them', async () => {
      const left = [make(CORRUPT), make(`${ALONE}.socket`), make(`new-${ALONE}-999999999`)];
      const others = [make('notes'), make(`notes.socket`), make(`${ALONE}.txt`)];
      const busy = [make(HELD), make(`new-${HELD}-999999999`)];
      for (const name of busy)
        await locked(name, async () => {
          const found = await names();
          assert.ok(left.every((one) => found.includes(one)));
          assert.deepEqual(
            [...others, name].filter((one) => found.includes(one)),
            [],
          );
        });
      await remove([], left.map(at));
      assert.deepEqual(
        left.filter((name) => existsSync(at(name))),
        [],
      );
      assert.ok([...others, ...busy].every((name) => existsSync(at(name))));
    });

    it('are no journals, which are listed with their switches', async () => {
      const pod = await Pod.make('residue');
      try {
        const { id: workload } = await agent.workload(pod.name);
        const journals = async () => (await list()).journals.filter((one) => one.workload === workload);
        const asked = applyParams(workload, [addChain(workload, 'RESIDUE')]);
        await agent.client.request('switch/apply', asked);
        const { started, state, ...journal } = await until(async () =>
          (await journals()).find((one) => one.state === 'armed'),
        );
        const { switch: id, holder, title } = asked;
        assert.deepEqual(journal, { switch: id, workload, holder, title, kept: true });
        assert.deepEqual([state, started > 0], ['armed', true]);
        assert.deepEqual(
          (await names()).filter((name) => name.includes(workload)),
          [],
        );
        await agent.client.request('switch/cancel', { workload, switch: id });
        await until(async () => ((await journals()).length === 0 ? true : undefined));
        assert.deepEqual(
          (await names()).filter((name) => name.includes(workload)),
          [],
        );
      } finally {
        await pod.remove();
      }
    });
  });
});
