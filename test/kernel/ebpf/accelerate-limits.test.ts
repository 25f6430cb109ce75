import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../agent/harness';
import { pinDirectory } from '../agent/redirect-object';
import { ACCELERATE, Accelerated } from './accelerated';
import { closed, connected, heard, talk } from './connection';
import type { Peer } from './peer';

/** The object, with room for so many in `sockets`: its size is the only array of 16384 in the BTF. */
function withRoomFor(object: Buffer, sockets: number): Buffer {
  const changed = Buffer.from(object);
  const BTF_ARRAY = 3 << 24; // `info` of struct btf_type, four words before `nelems`
  for (let at = 16; at + 4 <= changed.length; at += 4)
    if (changed.readUInt32LE(at) === 16384 && changed.readUInt32LE(at - 16) === BTF_ARRAY)
      changed.writeUInt32LE(sockets, at);
  assert.ok(!changed.equals(object));
  return changed;
}

describe('what acceleration cannot make safe', () => {
  let pods: Accelerated;
  let client: Peer;
  let server: Peer;

  before(async () => {
    pods = await Accelerated.make('unsafe');
    ({ client, server } = pods);
    await pods.start();
  });
  after(() => pods.remove());

  it('splice(2) does not see what skipped TCP', async () => {
    const connection = await pods.joined();
    await client.do('send', connection.client.fd, 'unseen');
    assert.equal((await server.ask('splice', connection.server.fd)).error, 'EAGAIN');
    assert.equal(await heard(connection.server), 'unseen');
    await closed(connection);
  });

  it('urgent data comes in line', async () => {
    const connection = await pods.joined();
    await client.do('send', connection.client.fd, '!', 'urgent');
    assert.equal(await heard(connection.server), '!');
    await closed(connection);
  });

  it('who closes without reading all looks as if it had', async () => {
    const connection = await pods.joined();
    await client.do('send', connection.client.fd, 'unread');
    await server.do('close', connection.server.fd);
    assert.equal(await heard(connection.client), '');
    await client.do('close', connection.client.fd);
  });
});

describe('what acceleration leaves', () => {
  let pods: Accelerated;

  before(async () => {
    pods = await Accelerated.make('leaves');
  });
  after(() => pods.remove());
  const set = async (): Promise<string> => join(await pinDirectory('.'), 'acceleration');

  it('is in the snapshot while it is on: its programs, and its maps', async () => {
    const [workload = ''] = await pods.workloads();
    const names = async (): Promise<string[]> => {
      const { programs, maps } = await pods.world.agent.client.request('snapshot', { workload });
      return [...programs, ...maps].map(({ name }) => name);
    };
    const without = await names();
    await pods.start();
    const shown = (await names()).filter((name) => !without.includes(name));
    assert.deepEqual(shown.sort(), ['accelerate', 'ends', 'join', 'offers', 'sockets', 'workloads']);
    await pods.stop();
    assert.deepEqual(await names(), without);
  });

  it('takes the normal way where the map is full', async () => {
    const object = readFileSync(ACCELERATE);
    await pods.start(withRoomFor(object, 1));
    const connection = await pods.local();
    await talk(connection);
    const { messages, open } = await pods.counts();
    assert.deepEqual({ messages, open }, { messages: 0, open: 1 });
    await closed(connection);
    await pods.stop();
  });

  it('keeps the map until the last connection that joined has closed', async () => {
    await pods.start();
    const connection = await pods.joined();
    await pods.stop();
    assert.ok(existsSync(await set()));
    await closed(connection);
    await eventually(async () => {
      await pods.stop();
      assert.ok(!existsSync(await set()));
    });
    for (const workload of await pods.workloads()) assert.ok(!existsSync(await pinDirectory(workload)));
  });

  it('is found where its pod was deleted, and goes without the others', async () => {
    const deleted = await Accelerated.make('deleted');
    const { pod, outside, agent } = deleted.world;
    const [own = '', workload = ''] = await deleted.workloads();
    const found = async () => {
      const { pins } = await agent.client.request('residue/list', {});
      return pins.filter((each) => each.workload === workload);
    };
    try {
      await deleted.start();
      const between = await connected(deleted.remote, deleted.server, pod.address, deleted.newPort());
      await talk(between);
      await outside.remove();
      assert.equal(await heard(between.server), '');
      await eventually(async () => {
        assert.deepEqual(await found(), [{ workload, hooks: [], gone: true, accelerated: true }]);
      });
      await agent.client.request('acceleration/stop', { workload });
      assert.deepEqual(await found(), []);
      const connection = await deleted.local();
      await talk(connection);
      await closed(connection);
      const { acceleration } = await agent.client.request('snapshot', { workload: own });
      assert.ok(acceleration && acceleration.messages > 0, 'the other pod is accelerated no more');
    } finally {
      for (const each of [own, workload]) await agent.client.request('acceleration/stop', { workload: each });
      await deleted.world.remove();
    }
    await eventually(async () => {
      await pods.stop();
      assert.ok(!existsSync(await set()));
    });
  });
});
