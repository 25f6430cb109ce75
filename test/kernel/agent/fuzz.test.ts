import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import fc from 'fast-check';
import {
  createMessageConnection,
  type MessageConnection,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import { buildAgent } from '../../../tools/build-agent.mjs';
import { paramsOf } from './fuzz-params';
import { feed, frame, request } from './raw';
import { JOURNALS } from './switching';

/** FUZZ_RUNS=5000 for a long run; fast-check prints the seed of a failure. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 100);

describe('the agent under AddressSanitizer', function () {
  let agent: string;
  before(async function () {
    this.timeout(180_000);
    agent = await buildAgent({ kind: 'asan' });
  });

  it('survives any bytes', async function () {
    this.timeout(300_000);
    const valid = fc.constantFrom(
      request(1, 'initialize', { protocol: 1, client: 'x' }),
      request(2, 'watch/stop', { watch: 'x' }),
      frame('{"jsonrpc":"2.0","id":3,"method":"snapshot","params":{"workload":"c0"}}'),
    );
    const change = fc.record({ at: fc.nat(400), byte: fc.nat(255), insert: fc.boolean() });
    const mutated = fc.tuple(valid, fc.array(change, { maxLength: 4 })).map(([bytes, changes]) =>
      changes.reduce((before, { at, byte, insert }) => {
        const cut = at % before.length;
        return Buffer.concat([
          before.subarray(0, cut),
          Buffer.from([byte]),
          before.subarray(cut + Number(!insert)),
        ]);
      }, bytes),
    );
    const framed = fc.uint8Array({ maxLength: 200 }).map((bytes) => frame(Buffer.from(bytes)));
    const input = fc.array(fc.oneof(mutated, framed, valid), { minLength: 1, maxLength: 20 });
    // As an ordinary user: a request that happens to be right must not touch the machine.
    const argv = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', agent];
    await fc.assert(
      fc.asyncProperty(input, async (pieces) => {
        const { exitCode, signal, stderr } = await feed(argv, pieces);
        assert.equal(signal, null, stderr);
        assert.match(stderr, exitCode === 0 ? /^$/ : /^mesh-redirect-agent: cannot go on reading: .*\n$/);
        assert.ok(exitCode === 0 || exitCode === 65, String(exitCode));
      }),
      { numRuns: RUNS },
    );
  });

  it('answers any params of any verb', async function () {
    this.timeout(300_000);
    // As root, alone in namespaces of its own: whatever it does there is gone with it.
    const alone = `mkdir -p -m 700 ${JOURNALS} && mount -t tmpfs -o mode=0700 none ${JOURNALS} && exec "$0"`;
    const argv = ['--net', '--pid', '--fork', '--mount-proc', 'sh', '-c', alone, agent];
    const child = spawn('unshare', argv, { stdio: 'pipe' });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const ended = once(child, 'close') as Promise<[number | null, string | null]>;
    try {
      const connection = connect(child);
      const lost: unknown[] = [];
      connection.onNotification('switch/changed', (change: { state: string }) => {
        if (change.state === 'lost') lost.push(change);
      });
      const died = ended.then(() => assert.fail(`the agent has ended: ${stderr}`));
      const ask = async (verb: string, params: unknown): Promise<unknown> => {
        const patience = new AbortController();
        const silent = sleep(20_000, undefined, { signal: patience.signal }).then(() =>
          assert.fail(`no answer to ${verb} ${JSON.stringify(params)}`),
        );
        silent.catch(() => undefined);
        try {
          return await Promise.race([connection.sendRequest(verb, params), died, silent]);
        } finally {
          patience.abort();
        }
      };
      const { workloads } = (await ask('workloads/list', {})) as {
        workloads: { id: string; host: boolean }[];
      };
      const own = workloads.find(({ host }) => host)?.id ?? assert.fail('its own namespace is not listed');
      const calls = fc.oneof(
        ...Object.entries(paramsOf(own)).map(([verb, params]) => fc.tuple(fc.constant(verb), params)),
      );
      await fc.assert(
        fc.asyncProperty(calls, async ([verb, params]) => {
          const error = await ask(verb, params).then(
            () => undefined,
            (reason: unknown) => reason,
          );
          if (error === undefined) return;
          assert.ok(error instanceof ResponseError, inspect(error));
          assert.ok([-32602, -32000].includes(error.code), `${error.code} ${error.message}`);
        }),
        { numRuns: RUNS * 10 },
      );
      assert.deepEqual(lost, [], 'a keeper has ended in the middle');
      died.catch(() => undefined);
      child.stdin.end();
      const [exitCode] = await ended;
      assert.deepEqual({ exitCode, stderr }, { exitCode: 0, stderr: '' });
      connection.dispose();
    } finally {
      child.kill('SIGKILL');
    }
  });
});

function connect(child: ChildProcessWithoutNullStreams): MessageConnection {
  const reader = new StreamMessageReader(child.stdout);
  const connection = createMessageConnection(reader, new StreamMessageWriter(child.stdin));
  connection.listen();
  return connection;
}
