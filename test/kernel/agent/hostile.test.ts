import assert from 'node:assert/strict';
import { AGENT } from './harness';
import { feed, frame, request } from './raw';

const VERSION = request(1, 'initialize', { protocol: 1, client: 'test' });

describe('input that is not the protocol', () => {
  const answer = async (...pieces: (Buffer | string)[]) => {
    const { replies, ...end } = await feed([AGENT], pieces);
    return { ...end, replies: replies.filter(({ method }) => method === undefined) };
  };
  /** The agent answers with this error, and goes on to answer the next request. */
  async function assertError(code: number, bytes: Buffer): Promise<void> {
    const { replies, exitCode } = await answer(bytes, VERSION);
    assert.equal(replies[0]?.error?.code, code, bytes.toString('latin1'));
    assert.equal(replies[1]?.id, 1);
    assert.ok(replies[1].result);
    assert.equal(exitCode, 0);
  }
  /** The agent says why it cannot go on, and ends. */
  async function assertEnd(reason: RegExp, ...pieces: (Buffer | string)[]): Promise<void> {
    const { replies, exitCode, signal, stderr } = await answer(...pieces);
    assert.equal(replies.length, 1);
    assert.equal(replies[0]?.id, null);
    assert.match(replies[0].error?.message ?? '', reason);
    assert.match(stderr, reason);
    assert.deepEqual({ exitCode, signal }, { exitCode: 65, signal: null });
  }

  it('answers what is not JSON', async () => {
    for (const body of [
      '',
      '{',
      '[1,]',
      '{"a":1,"a":2}',
      'nul',
      '"\\ud800"',
      '1e999',
      '[' + '1'.repeat(400) + ']',
    ])
      await assertError(-32700, frame(body));
    await assertError(-32700, frame(Buffer.from([0x22, 0xff, 0xfe, 0x22])));
    await assertError(-32700, frame('['.repeat(100_000)));
    await assertError(-32700, frame('{"a":'.repeat(100_000)));
  });

  it('answers what is not a request', async () => {
    for (const body of [
      '1',
      'null',
      '[]',
      '[{"jsonrpc":"2.0","id":1,"method":"x"}]',
      '{}',
      '{"id":1}',
      '{"method":7}',
    ])
      await assertError(-32600, frame(body));
    await assertError(-32600, request([1], 'initialize'));
    await assertError(-32600, request({ a: 1 }, 'initialize'));
  });

  it('answers verbs and params that it does not know', async () => {
    await assertError(-32601, request(5, 'no/such/verb', {}));
    await assertError(-32601, request(5, '', {}));
    await assertError(-32602, request(5, 'snapshot', [1]));
    await assertError(-32602, request(5, 'snapshot', 'x'));
    await assertError(-32602, request(5, 'snapshot', {}));
    await assertError(-32602, request(5, 'snapshot', { workload: 7 }));
    await assertError(-32602, request(5, 'maps/dump', { map: -1, cursor: null, limit: 1 }));
    await assertError(-32602, request(5, 'maps/dump', { map: 1.5, cursor: null, limit: 1 }));
  });

  it('keeps the id of a request, whatever it is', async () => {
    for (const id of [0, -7, 2 ** 53, 1.5, 'text', '\u0001"\\', null]) {
      const { replies } = await answer(request(id, 'no/such/verb'));
      assert.deepEqual(replies[0]?.id, id);
    }
  });

  it('does not answer notifications and replies', async () => {
    const { replies } = await answer(
      frame('{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":1}}'),
      frame('{"jsonrpc":"2.0","id":9,"result":{}}'),
      frame('{"jsonrpc":"2.0","id":9,"error":{"code":1,"message":"x"}}'),
      VERSION,
    );
    assert.deepEqual(
      replies.map(({ id }) => id),
      [1],
    );
  });

  it('takes a message byte by byte, many at once, and other headers', async () => {
    const bytes = [...VERSION].map((byte) => Buffer.from([byte]));
    assert.ok((await answer(...bytes)).replies[0]?.result);
    assert.equal((await answer(Buffer.concat([VERSION, VERSION, VERSION]))).replies.length, 3);
    const body = VERSION.subarray(VERSION.indexOf('{'));
    const headers = `Content-Type: application/vscode-jsonrpc; charset=utf-8\r\ncontent-length:${body.length} \r\n\r\n`;
    assert.ok((await answer(headers, body)).replies[0]?.result);
  });

  it('ends where it cannot know the next message', async () => {
    await assertEnd(/no Content-Length/, 'X: 1\r\n\r\n{}');
    await assertEnd(/no colon/, 'rubbish\r\n\r\n{}');
    for (const length of ['-1', '', 'x', '1x', '+5', '0x10', '1 2', '1\r\nContent-Length: 1'])
      await assertEnd(/not one number/, `Content-Length: ${length}\r\n\r\n{}`);
    for (const length of [String(32 * 2 ** 20 + 1), '99999999999', '18446744073709551617', '9'.repeat(2000)])
      await assertEnd(/longer than 32 MiB/, `Content-Length: ${length}\r\n\r\n{}`);
    await assertEnd(/do not end/, 'x'.repeat(10_000));
  });

  it('takes a message of 32 MiB', async () => {
    const body = Buffer.alloc(32 * 2 ** 20, ' ');
    body.write('{"jsonrpc":"2.0","id":1,"method":"x"}');
    const { replies } = await answer(frame(body));
    assert.equal(replies[0]?.error?.code, -32601);
  });

  it('ends well when its input is cut', async () => {
    for (const bytes of ['', 'Content-Length', 'Content-Length: 5\r\n\r\n{', VERSION.subarray(0, -1)]) {
      const { replies, exitCode, stderr } = await answer(bytes);
      assert.deepEqual({ replies, exitCode, stderr }, { replies: [], exitCode: 0, stderr: '' });
    }
  });
});
