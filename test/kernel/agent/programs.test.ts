import assert from 'node:assert/strict';
import { TestAgent, until } from './harness';
import { Pod } from './pod';
import { loadRedirect, removePins } from './redirect-object';

describe('programs/measure', () => {
  let agent: TestAgent;
  let pod: Pod;
  let workload: string;
  beforeEach(async () => {
    pod = await Pod.make('measure');
    agent = new TestAgent();
    workload = (await agent.workload(pod.name)).id;
  });
  afterEach(async () => {
    await agent.stop();
    await pod.remove();
    await removePins(workload);
  });

  const measure = (programs: number[], on: boolean) =>
    agent.client.request('programs/measure', { programs, measure: on });

  /** Nobody listens there: the hook has run before that is found out. */
  const connect = () => pod.run(['bash', '-c', '(exec 3<>/dev/tcp/127.0.0.1/1) 2>/dev/null || true']);

  it('counts runs only while it is asked to, and tells the source', async () => {
    const { load, program } = await loadRedirect(agent, workload);
    await agent.client.request('bpf/attach', { workload, load, programs: ['connect4'] });
    const id = program('connect4');
    const read = async (on: boolean) => {
      const [one] = (await measure([id], on)).programs;
      assert.ok(one);
      return one;
    };
    const before = await read(false);
    assert.equal(before.id, id);
    assert.ok(before.source);
    assert.equal(before.source.function, 'connect4');
    assert.match(before.source.file, /connect4?.*\.bpf\.c$|connect.*\.h$/);
    assert.ok(before.source.line > 0);
    await connect();
    assert.equal((await read(false)).runCount, before.runCount);
    await read(true);
    const counted = await until(async () => {
      await connect();
      const now = await read(true);
      return now.runCount > before.runCount ? now : undefined;
    });
    assert.ok(counted.runTime > before.runTime);
    const off = await read(false);
    await connect();
    assert.equal((await read(false)).runCount, off.runCount);
  });

  it('tells the lines that a program was made of, with their text', async () => {
    const { program } = await loadRedirect(agent, workload);
    const id = program('connect4');
    const { lines } = await agent.client.request('programs/source', { program: id });
    const begin = (await measure([id], false)).programs[0]?.source;
    assert.deepEqual(begin && { ...begin, text: lines[0]?.text }, lines[0]);
    assert.ok(lines.length > 10);
    assert.ok(lines.some(({ text }) => text.includes('bpf_')));
    assert.ok(
      lines.every(({ file, line }, at) => file !== lines[at - 1]?.file || line !== lines[at - 1]?.line),
    );
    const gone = await agent.client.request('programs/source', { program: 4_000_000_000 });
    assert.deepEqual(gone, { lines: [] });
  });

  it('passes over programs that are gone, and refuses what is no id', async () => {
    assert.deepEqual(await measure([4_000_000_000], false), { programs: [] });
    const error = await measure([0], false).catch((reason: unknown) => reason);
    assert.match(String(error), /programs must be ids/);
  });
});
