import assert from 'node:assert/strict';
import fc from 'fast-check';
import { VERBS } from '../../../src/nodes/agent/protocol';

// An integer of more than 63 bits is not JSON to the agent: its answer could not name the request.
const value = fc.jsonValue({ maxDepth: 4 }).filter((json) => !/\d{19}/.test(JSON.stringify(json)));
/** Mostly what the verb wants, sometimes anything. */
const mostly = <T>(right: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 20, arbitrary: right }, { weight: 1, arbitrary: value });
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

/** What the steps of a switch may be. */
const STEP_VERBS = [
  'iptables/restore',
  'bpf/load',
  'bpf/attach',
  'bpf/detach',
  'listeners/adopt',
  'maps/update',
  'conntrack/forget',
  'workload/verify',
];

/** What `switch/apply` takes beside the workload. Its keepers are soon done. */
function switchFields(call: fc.Arbitrary<unknown>): Record<string, fc.Arbitrary<unknown>> {
  const title = mostly(fc.string());
  const steps = (more: Record<string, fc.Arbitrary<unknown>>) =>
    mostly(fc.array(mostly(fc.record({ title, call, ...more })), { maxLength: 2 }));
  const ports = mostly(fc.array(mostly(fc.integer({ min: 0, max: 70_000 }))));
  const closing = mostly(fc.option(fc.record({ ports, origins: mostly(fc.boolean()), steps: steps({}) })));
  return {
    switch: mostly(fc.constantFrom('0'.repeat(32), '1'.repeat(32))),
    holder: mostly(fc.string()),
    title,
    deadline: mostly(fc.integer({ min: 0, max: 1 })),
    drain: mostly(fc.integer({ min: 0, max: 1 })),
    steps: steps({ undo: mostly(fc.array(call, { maxLength: 3 })) }),
    closing,
    undoClosing: closing,
  };
}

/** Params of every verb that reach far into it. Maps have ids that none has: they belong to the whole machine. */
export function paramsOf(workload: string): Record<string, fc.Arbitrary<unknown>> {
  const map = mostly(fc.integer({ min: 2 ** 30, max: 2 ** 32 }));
  const family = mostly(fc.constantFrom('ipv4', 'ipv6'));
  const backend = mostly(fc.constantFrom('nft', 'legacy'));
  const hooks = mostly(fc.array(fc.constantFrom('connect4', 'sk_lookup', '..')));
  const expectedHooks = fc.record({ attached: hooks, detached: hooks });
  const addresses = fc.constantFrom('127.0.0.1', '::1', '10.1.1.1', '::ffff:127.0.0.1');
  const probe = fc.record({
    id: fc.string(),
    from: mostly(fc.constantFrom('inside', 'outside')),
    uid: mostly(fc.integer({ min: -1, max: 2 ** 32 })),
    gid: mostly(fc.nat(70_000)),
    destinations: mostly(fc.array(mostly(addresses), { minLength: 1, maxLength: 4 })),
    port: mostly(fc.integer({ min: 0, max: 70_000 })),
    patience: mostly(fc.integer({ min: 0, max: 20 })),
  });
  const lines = mostly(fc.array(mostly(ruleText)));
  const line = mostly(fc.nat(20));
  const sight = fc.record({ family, backend, lines: mostly(fc.array(mostly(fc.tuple(line, line)))) });
  const page = fc.record({ after: mostly(fc.option(hex)), limit: mostly(fc.integer({ min: 0, max: 2000 })) });
  const mapSight = fc.record({ map, keys: mostly(fc.array(mostly(hex))), page: mostly(fc.option(page)) });
  const fields: Record<string, fc.Arbitrary<unknown>> = {
    workload: fc.oneof(
      { weight: 20, arbitrary: fc.constant(workload) },
      { weight: 1, arbitrary: mostly(fc.constantFrom('c0', 'i1', `c${'9'.repeat(20)}`, 'c../..')) },
    ),
    family,
    backend,
    text: mostly(ruleText),
    waitSeconds: mostly(fc.integer({ min: 0, max: 1 })),
    object: mostly(fc.base64String()),
    sha256: mostly(hex),
    load: mostly(fc.constantFrom('l1', 'l0', '')),
    program: map,
    known: mostly(fc.array(mostly(fc.record({ family, backend, digest: mostly(hex) })))),
    programs: mostly(fc.array(fc.constantFrom('connect4', 'sockops', ''))),
    hooks,
    port: mostly(fc.integer({ min: -1, max: 70_000 })),
    ports: mostly(fc.array(mostly(fc.integer({ min: 0, max: 70_000 })))),
    slots: mostly(fc.record({ first: mostly(fc.nat(20)), count: mostly(fc.nat(20)) })),
    cursor: mostly(fc.option(hex)),
    limit: mostly(fc.integer({ min: 0, max: 20_000 })),
    names: mostly(fc.array(mostly(fc.constantFrom('settings', 'origins', '')))),
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
    probes: mostly(fc.array(mostly(probe), { maxLength: 6 })),
    links: mostly(fc.array(map)),
    files: mostly(fc.array(mostly(fc.string()))),
    measure: mostly(fc.boolean()),
    trace: mostly(fc.constantFrom('a', 'b')),
    legacy: mostly(fc.boolean()),
    seconds: mostly(fc.integer({ min: 0, max: 3 })),
    direction: mostly(fc.constantFrom('inbound', 'outbound')),
    source: mostly(fc.option(addresses)),
    destination: mostly(fc.option(addresses)),
    sourcePort: mostly(fc.option(fc.integer({ min: 0, max: 70_000 }))),
    destinationPort: mostly(fc.option(fc.integer({ min: 0, max: 70_000 }))),
    uid: mostly(fc.option(fc.integer({ min: -1, max: 2 ** 32 }))),
  };
  const wholeFor = (verb: string, names: string[]) => {
    const wanted = names.map((name) => {
      if (name === 'hooks' && verb === 'workload/verify') return [name, mostly(expectedHooks)] as const;
      if (name === 'maps') {
        const entries = mostly(fc.array(fc.record({ map: fc.string(), entries: mostly(fc.array(value)) })));
        const by: Record<string, fc.Arbitrary<unknown>> = {
          'watch/start': mostly(fc.array(map)),
          'watch/visible': mostly(fc.array(mostly(mapSight))),
        };
        return [name, by[verb] ?? entries] as const;
      }
      if (name === 'rulesets' && verb === 'watch/visible') return [name, mostly(fc.array(sight))] as const;
      return [name, name === 'map' ? map : (fields[name] ?? assert.fail(`no values for ${name}`))] as const;
    });
    return Object.fromEntries(wanted);
  };
  const named = Object.entries(VERBS).map(([verb, { params }]) => [verb, Object.keys(params.shape)] as const);
  const calls = named
    .filter(([verb]) => STEP_VERBS.includes(verb))
    .map(([verb, names]) => fc.record({ verb: fc.constant(verb), params: fc.record(wholeFor(verb, names)) }));
  Object.assign(fields, switchFields(mostly(fc.oneof(...calls))));
  return Object.fromEntries(
    named.map(([verb, names]) => {
      const whole = wholeFor(verb, names);
      return [verb, fc.oneof(fc.record(whole), fc.record(whole, { requiredKeys: [] }))];
    }),
  );
}
