import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Accelerated, FLOOD } from './accelerated';
import { closed, connected, heard, opposite, said, talk, type Connection } from './connection';
import type { Peer } from './peer';
import { APPLICATION } from './world';

describe('acceleration', () => {
  let pods: Accelerated;
  let client: Peer;
  let server: Peer;
  let remote: Peer;

  before(async () => {
    pods = await Accelerated.make('guards');
    ({ client, server } = pods);
    ({ remote } = pods);
    await pods.start();
  });
  after(() => pods.remove());

  it('skips TCP inside a pod and between two, over IPv4 and IPv6, and counts it', async () => {
    const { address, address6 } = pods.world.outside;
    for (const to of ['127.0.0.1', '::1', address, address6]) {
      const own = to === '127.0.0.1' || to === '::1';
      const connection = await connected(client, own ? server : remote, to, pods.newPort());
      await talk(connection);
      const before = await pods.counts();
      await talk(connection, 3);
      const { messages, bytes } = await pods.counts();
      assert.equal(messages - before.messages, own ? 6 : 3, to);
      assert.ok(bytes > before.bytes);
      await closed(connection);
    }
  });

  it('does not let a connection of one question and one answer join', async () => {
    const { sockets } = await pods.counts();
    for (let round = 0; round < 20; round += 1) {
      const connection = await pods.local();
      await talk(connection, 1);
      await closed(connection);
    }
    assert.equal((await pods.counts()).sockets, sockets);
  });

  it('lets nothing overtake what TCP brought and nobody has read', async () => {
    await pods.stop();
    const connection = await pods.local();
    await talk(connection);
    await pods.start();
    const { client: from, server: to } = connection;
    const sent = Array.from({ length: 60 }, (_, at) => String(at % 10));
    for (const text of sent) {
      await from.peer.do('send', from.fd, text);
      await to.peer.do('send', to.fd, '-'); // both ends join meanwhile
    }
    assert.ok((await pods.counts()).sockets >= 2, 'it did not join');
    assert.equal(await heard(to), sent.join(''));
    await closed(connection);
  });

  it('holds a sender whose reader has stopped, loses nothing, and goes on', async () => {
    const connection = await pods.joined();
    const before = await pods.counts();
    const { value = 0 } = await client.do('flood', connection.client.fd, FLOOD);
    assert.ok(value > 0 && value < FLOOD / 2, `${value} bytes`);
    const { full } = await pods.counts();
    assert.ok(full > before.full);
    await server.do('drain', connection.server.fd, value);
    await talk(connection, 2);
    const { messages } = await pods.counts();
    await talk(connection, 2);
    assert.equal((await pods.counts()).messages - messages, 4, 'it skips TCP again');
    await closed(connection);
  });

  it('leaves sockets alone that wait in recv(2): nothing is spurious', async () => {
    const { sockets } = await pods.counts();
    const connection = await pods.local({ blocks: true });
    await talk(connection);
    await client.do('alarm', connection.client.fd, 50);
    assert.equal(await heard(connection.client), 'EINTR');
    let waiting: Promise<string> | undefined;
    await pods.withoutAcks(async () => {
      await client.do('shutdown', connection.client.fd);
      waiting = heard(connection.client);
    });
    await pods.world.pod.run('sleep', '0.5'); // the answer to the end, sent again, comes in meanwhile
    await server.do('send', connection.server.fd, 'late');
    assert.equal(await waiting, 'late');
    const whole = heard(connection.client, 'whole');
    await server.do('send', connection.server.fd, 'half');
    await server.do('send', connection.server.fd, 'half');
    assert.equal(await whole, 'halfhalf');
    assert.equal((await pods.counts()).sockets, sockets);
    await closed(connection);
  });

  it('leaves sockets alone whose options would lose their meaning', async () => {
    const { sockets } = await pods.counts();
    for (const option of ['lowat', 'zerocopy', 'inline']) {
      const connection = await pods.local();
      await client.do('set', connection.client.fd, option);
      await talk(connection);
      await closed(connection);
    }
    assert.equal((await pods.counts()).sockets, sockets);
  });

  it('takes TCP to a socket that is made to wait in recv(2) after it joined', async () => {
    const connection = await pods.joined();
    await server.do('block', connection.server.fd);
    const before = await pods.counts();
    assert.equal(await said(connection, 'by-tcp'), 'by-tcp');
    const { messages, notSuitable } = await pods.counts();
    assert.deepEqual([messages, notSuitable], [before.messages, before.notSuitable + 1]);
    await closed(connection);
  });

  it('ends in order: what was sent before shutdown(2), then the end, and the other way goes on', async () => {
    const connection = await pods.joined();
    await client.do('send', connection.client.fd, 'last');
    await client.do('shutdown', connection.client.fd);
    assert.equal(await heard(connection.server), 'last');
    assert.equal(await heard(connection.server), '');
    for (const text of ['more', 'and-more']) assert.equal(await said(opposite(connection), text), text);
    await server.do('close', connection.server.fd);
    assert.equal(await heard(connection.client), '');
    await client.do('close', connection.client.fd);
  });

  it('tells of a reset, after what came before it', async () => {
    const connection = await pods.joined();
    await client.do('send', connection.client.fd, 'last');
    await client.do('reset', connection.client.fd);
    assert.equal(await heard(connection.server), 'last');
    assert.equal(await heard(connection.server), 'ECONNRESET');
    await server.do('close', connection.server.fd);
  });

  it('tells a sender whose other end has gone as TCP would', async () => {
    const connection = await pods.joined();
    await server.do('close', connection.server.fd);
    const errors = new Set<string>();
    for (let round = 0; round < 3; round += 1) {
      const { error } = await client.ask('send', connection.client.fd, 'anybody');
      if (error !== undefined) errors.add(error);
    }
    for (const error of errors) assert.match(error, /^(EPIPE|ECONNRESET)$/);
    assert.equal(errors.size > 0, true, 'it was told');
    await client.do('close', connection.client.fd);
  });

  it('lets MSG_PEEK see what the next recv(2) gives', async () => {
    const connection = await pods.joined();
    await client.do('send', connection.client.fd, 'seen');
    assert.equal(await heard(connection.server, 'peek'), 'seen');
    assert.equal(await heard(connection.server), 'seen');
    await closed(connection);
  });

  it('has FIONREAD count what skipped TCP, where the kernel does', async () => {
    const counted = readFileSync('/proc/kallsyms', 'utf8').includes(' tcp_bpf_ioctl\n');
    const connection = await pods.joined();
    await client.do('send', connection.client.fd, 'waiting');
    const { value } = await server.do('waiting', connection.server.fd);
    assert.equal(value, counted ? 'waiting'.length : 0);
    assert.equal(await heard(connection.server), 'waiting');
    await closed(connection);
  });

  it('takes TCP from the next message on when it is turned off, and loses nothing that waits', async () => {
    const connection = await pods.joined();
    await client.do('send', connection.client.fd, 'accelerated-');
    await pods.stop();
    await client.do('send', connection.client.fd, 'by-tcp');
    const first = await heard(connection.server);
    const text = first === 'accelerated-' ? first + (await heard(connection.server)) : first;
    assert.equal(text, 'accelerated-by-tcp');
    await talk(connection, 2);
    await pods.start();
    const { messages } = await pods.counts();
    await talk(connection, 2);
    assert.ok((await pods.counts()).messages > messages, 'the same connection skips TCP again');
    await closed(connection);
  });

  it('tells connections apart that have the same addresses and ports in two networks', async () => {
    const number = pods.newPort();
    const own = await pods.world.outside.start(APPLICATION);
    const pairs: Connection[] = [];
    for (const [from, to] of [
      [client, server],
      [remote, own],
    ] as const) {
      const listener = await to.listen('127.0.0.1', number);
      const fd = await from.open(4);
      await from.do('bind', fd, '127.0.0.1', number + 1000);
      await from.do('connect', fd, '127.0.0.1', number);
      const accepted = await to.accept(listener);
      await from.do('nonblock', fd);
      await to.do('nonblock', accepted);
      pairs.push({ client: { peer: from, fd }, server: { peer: to, fd: accepted } });
    }
    const { messages } = await pods.counts();
    for (let round = 0; round < 60; round += 1)
      for (const [index, pair] of pairs.entries()) {
        assert.equal(await said(pair, `to${index}`), `to${index}`);
        assert.equal(await said(opposite(pair), `back${index}`), `back${index}`);
      }
    assert.ok((await pods.counts()).messages > messages);
    for (const pair of pairs) await closed(pair);
  });
});
