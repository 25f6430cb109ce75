import assert from 'node:assert/strict';
import { attachNaiveSockmap, removeNaiveSockmap } from '../../bpf/naive-sockmap';
import { Accelerated, FLOOD } from './accelerated';
import { closed, heard, said } from './connection';
import type { Peer } from './peer';

describe('a sockhash without our guards', () => {
  let pods: Accelerated;
  let client: Peer;
  let server: Peer;

  before(async () => {
    pods = await Accelerated.make('naive');
    ({ client, server } = pods);
    attachNaiveSockmap(pods.world.pod.cgroup);
  });
  after(async () => {
    removeNaiveSockmap();
    await pods.remove();
  });

  it('messages overtake those that TCP brought', async () => {
    const port = pods.newPort();
    const listener = await server.listen('127.0.0.1', port);
    const fd = await client.open(4);
    await pods.withoutAcks(async () => {
      await client.do('connect', fd, '127.0.0.1', port);
      await client.do('send', fd, 'first'); // what makes the server's socket
    });
    await client.do('send', fd, 'second');
    assert.equal(await heard({ peer: server, fd: await server.accept(listener) }), 'second');
    await client.do('close', fd);
  });

  it('a reader that has stopped is sent whatever there is', async () => {
    const connection = await pods.local();
    const { value = 0 } = await client.do('flood', connection.client.fd, FLOOD);
    assert.equal(value, FLOOD);
    await closed(connection);
  });

  it('a recv(2) that waits gives EAGAIN after shutdown(2), and after a signal', async () => {
    const connection = await pods.local({ blocks: true });
    await said(connection, 'hello');
    await client.do('alarm', connection.client.fd, 50);
    assert.equal(await heard(connection.client), 'EAGAIN');
    let waiting: Promise<string> | undefined;
    await pods.withoutAcks(async () => {
      await client.do('shutdown', connection.client.fd);
      waiting = heard(connection.client);
    });
    assert.equal(await waiting, 'EAGAIN');
    await closed(connection);
  });

  it('a recv(2) with MSG_WAITALL does not wait for all', async () => {
    const connection = await pods.local({ blocks: true });
    await client.do('send', connection.client.fd, 'half');
    const whole = heard(connection.server, 'whole');
    assert.equal(await whole, 'half');
    await closed(connection);
  });
});
