import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import {
  createMessageConnection,
  type MessageConnection,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import { buildAgent } from '../../../tools/build-agent.mjs';
import { VERBS } from '../../../src/nodes/agent/protocol';
import { feed, frame, request } from './raw';

/** FUZZ_RUNS=5000 for a long run; fast-check prints the seed of a failure. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 100);

// An integer of more than 63 bits is not JSON to the agent: its answer could not name the request.
const value = fc.jsonValue({ maxDepth: 4 }).filter((json) => !/\d{19}/.test(JSON.stringify(json)));
/** Mostly what the verb wants, sometimes anything. */
const mostly = <T>(right: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 5, arbitrary: right }, { weight: 1, arbitrary: value });
const hex = fc.uint8Array({ maxLength: 48 }).map((bytes) => Buffer.from(bytes).toString('hex'));
const ruleWord = fc.constantFrom(
  '*nat',
  ':X - [0:0]',
  '-A OUTPUT',
  '-j X',
  '-p tcp',
  'COMMIT',
  '\n',
  '#',
  '"',
  '\\',
);
const ruleText = fc.array(fc.oneof(ruleWord, fc.string())).map((words) => words.join(' '));

/** Params of every verb that reach far into it. Maps have ids that none has: they belong to the whole machine. */
function paramsOf(workload: string): Record<string, fc.Arbitrary<unknown>> {
  const map = mostly(fc.integer({ min: 2 ** 30, max: 2 ** 32 }));
  const family = mostly(fc.constantFrom('ipv4', 'ipv6'));
  const backend = mostly(fc.constantFrom('nft', 'legacy'));
  const hooks = mostly(fc.array(fc.constantFrom('connect4', 'sk_lookup', '..')));
  const expectedHooks = fc.record({ attached: hooks, detached: hooks });
  const lines = mostly(fc.array(mostly(ruleText)));
  const fields: Record<string, fc.Arbitrary<unknown>> = {
    workload: mostly(fc.constantFrom(workload, 'c0', 'i1', `c${'9'.repeat(20)}`, 'c../..')),
    family,
    backend,
    text: mostly(ruleText),
    waitSeconds: mostly(fc.integer({ min: 0, max: 1 })),
    object: mostly(fc.base64String()),
    sha256: mostly(hex),
    load: mostly(fc.constantFrom('l1', 'l0', '')),
    programs: mostly(fc.array(fc.constantFrom('connect4', 'sockops', ''))),
    hooks,
    port: mostly(fc.integer({ min: -1, max: 70_000 })),
    ports: mostly(fc.array(mostly(fc.integer({ min: 0, max: 70_000 })))),
    slots: mostly(fc.record({ first: mostly(fc.nat(20)), count: mostly(fc.nat(20)) })),
    cursor: mostly(fc.option(hex)),
    limit: mostly(fc.integer({ min: 0, max: 20_000 })),
    set: mostly(fc.array(mostly(fc.record({ key: mostly(hex), value: mostly(hex) })))),
    delete: mostly(fc.array(mostly(hex))),
    watch: mostly(fc.constantFrom('a', 'b', '')),
    interval: mostly(fc.integer({ min: 50, max: 200 })),
    rulesets: mostly(fc.boolean()),
    attachments: mostly(fc.boolean()),
    protocol: mostly(fc.nat(3)),
    client: mostly(fc.string()),
    reuse: mostly(fc.array(fc.record({ map: fc.constantFrom('origins', ''), id: map }))),
    rules: mostly(fc.array(mostly(fc.record({ family, backend, has: lines, lacks: lines })))),
  };
  return Object.fromEntries(
    Object.entries(VERBS).map(([verb, { params }]) => {
      const wanted = Object.keys(params.shape).map((name) => {
        if (name === 'hooks' && verb === 'workload/verify') return [name, mostly(expectedHooks)] as const;
        if (name === 'maps') {
          const entries = mostly(fc.array(fc.record({ map: fc.string(), entries: mostly(fc.array(value)) })));
          return [name, verb === 'watch/start' ? mostly(fc.array(map)) : entries] as const;
        }
        return [name, name === 'map' ? map : (fields[name] ?? assert.fail(`no values for ${name}`))] as const;
      });
      return [verb, fc.record(Object.fromEntries(wanted), { requiredKeys: [] })];
    }),
  );
}

describe('the agent under AddressSanitizer', function () {
  let agent: string;
  before(async function () {
    this.timeout(180_000);
    agent = await buildAgent({ asan: true });
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
    const child = spawn('unshare', ['--net', '--pid', '--fork', '--mount-proc', agent], { stdio: 'pipe' });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const ended = once(child, 'close') as Promise<[number | null, string | null]>;
    try {
      const connection = connect(child);
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
          assert.ok(error instanceof ResponseError);
          assert.ok([-32602, -32000].includes(error.code), `${error.code} ${error.message}`);
        }),
        { numRuns: RUNS * 10 },
      );
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
