import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  diffRulesets,
  fingerprintOf,
  parseRuleset,
  redirectionIn,
  removeText,
  renderRuleset,
  tokensOf,
  unknownRedirects,
  wordsOf,
} from '../../../src/core/iptables';
import { mapTable, valueText } from '../../../src/core/ebpf';
import type { BtfType } from '../../../src/core/model';
import { DEFAULT_POLICY, parsePolicy, policyFromMeshConfig } from '../../../src/core/policy';

/** Text that is nearly what iptables-save prints. */
const words = fc.constantFrom(
  ...[
    '*nat',
    '*',
    ':PREROUTING ACCEPT [0:0]',
    ':FSM_PROXY_INBOUND - [1:2]',
    ': ',
    '[3:4] ',
    '[',
    '-A OUTPUT ',
    '-A ',
    '-j ',
  ],
  ...[
    'FSM_PROXY_INBOUND',
    'ISTIO_OUTPUT',
    '-g ',
    '! ',
    '"',
    '\\',
    '--comment ',
    'mesh-redirect',
    'COMMIT',
    '#',
    '\n',
    '\r',
    ' ',
    '\t',
  ],
);
const ruleText = fc.array(
  fc.oneof({ weight: 4, arbitrary: words }, fc.string({ unit: 'binary', maxLength: 8 })),
  {
    maxLength: 60,
  },
);
const runs = { numRuns: 300 };

describe('hostile input', function () {
  this.timeout(60_000);

  it('is given back by parseRuleset to the byte, and breaks nothing that reads it', () => {
    fc.assert(
      fc.property(ruleText, (parts) => {
        const text = parts.join('');
        const ruleset = parseRuleset(text);
        assert.equal(renderRuleset(ruleset), text);
        assert.deepEqual(diffRulesets(ruleset, ruleset), []);
        assert.match(fingerprintOf(redirectionIn(ruleset)), /^[0-9a-f]{8}$/);
        unknownRedirects(ruleset);
        removeText(ruleset);
      }),
      runs,
    );
  });

  it('loses no character of a rule but blanks', () => {
    fc.assert(
      fc.property(ruleText, (parts) => {
        const spec = parts.join('');
        const pieces = tokensOf(spec, () => true).map(({ text }) => text);
        assert.equal(wordsOf(spec).length, pieces.length);
        const at = wordsOf(spec).reduce((end, word) => {
          assert.match(spec.slice(end, word.start), /^[ \t]*$/);
          return word.end;
        }, 0);
        assert.match(spec.slice(at), /^[ \t]*$/);
      }),
      runs,
    );
  });

  const values = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.array(
      fc.oneof(
        fc.integer(),
        fc.string(),
        fc.constantFrom('10.0.0.0/8', '::/0', '8000-8010', 'eth+', '1.2.3.4/33'),
      ),
    ),
  );

  it('never makes a policy that is not whole', () => {
    const settings = fc.dictionary(
      fc.oneof(fc.constantFrom(...Object.keys(DEFAULT_POLICY)), fc.string()),
      values,
      {
        maxKeys: 6,
      },
    );
    fc.assert(
      fc.property(fc.oneof(settings, fc.anything()), (input) => {
        const { policy, problems } = parsePolicy(input);
        const errors = problems.filter(({ severity }) => severity === 'error');
        assert.equal(policy === null, errors.length > 0);
        if (policy) assert.deepEqual(Object.keys(policy).sort(), Object.keys(DEFAULT_POLICY).sort());
        for (const { message, remedy } of problems) assert.ok(message !== '' && remedy !== '');
      }),
      runs,
    );
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), values),
        fc.dictionary(fc.string(), fc.string()),
        (traffic, annotations) => {
          policyFromMeshConfig({ kind: 'MeshConfig', spec: { traffic } }, annotations);
        },
      ),
      runs,
    );
  });

  it('is shown as it is where a map’s bytes and types do not fit', () => {
    const type: fc.Arbitrary<BtfType> = fc.letrec<{ type: BtfType }>((tie) => ({
      type: fc.oneof(
        { maxDepth: 3 },
        fc.record({
          kind: fc.constant('int' as const),
          name: fc.string(),
          size: fc.nat(16),
          signed: fc.boolean(),
        }),
        fc.record({ kind: fc.constant('unknown' as const), name: fc.string(), size: fc.nat(9) }),
        fc.record({
          kind: fc.constant('array' as const),
          size: fc.nat(64),
          count: fc.nat(8),
          element: tie('type'),
        }),
        fc.record({
          kind: fc.constant('struct' as const),
          name: fc.constantFrom('address', 'range', 'origin', 'x'),
          size: fc.constantFrom(0, 16, 20, 64),
          members: fc.array(
            fc.record({
              name: fc.constantFrom('address', 'port', 'role'),
              offset: fc.nat(70),
              type: tie('type'),
            }),
            {
              maxLength: 4,
            },
          ),
        }),
      ),
    })).type;
    fc.assert(
      fc.property(
        type,
        type,
        fc.uint8Array({ maxLength: 80 }),
        fc.constantFrom('hash', 'array', 'percpu_array', 'sk_storage'),
        (keyType, valueType, bytes, kind) => {
          valueText(valueType, bytes);
          const map = {
            id: 1,
            name: 'counters',
            type: kind,
            keySize: 4,
            valueSize: valueType.size,
            maxEntries: 1,
            memory: 0,
          };
          const hex = Buffer.from(bytes).toString('hex');
          const table = mapTable({ map, keyType, valueType });
          for (const { cells } of table.rowsOf({ key: hex, value: hex }))
            assert.equal(cells.length, table.columns.length);
        },
      ),
      runs,
    );
  });
});

describe('50,000 rules', function () {
  this.timeout(60_000);

  it('are parsed, compared and given back', () => {
    const rules = (count: number): string =>
      [
        '*nat',
        ':KUBE-SERVICES - [0:0]',
        ...Array.from({ length: count }, (_, index) => {
          const address = `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
          return `[${index}:${index * 60}] -A KUBE-SERVICES -d ${address}/32 -p tcp -m comment --comment "ns/svc-${index}:http cluster IP" -m tcp --dport 80 -j KUBE-SVC-${index}`;
        }),
        'COMMIT',
        '',
      ].join('\n');
    const text = rules(50_000);
    const before = parseRuleset(text);
    const after = parseRuleset(text.replaceAll('svc-7', 'other-7'));
    const changes = diffRulesets(before, after);
    assert.equal(renderRuleset(before), text);
    assert.equal(
      changes.length,
      2 * Array.from({ length: 50_000 }, (_, i) => i).filter((i) => String(i).startsWith('7')).length,
    );
    assert.equal(diffRulesets(before, parseRuleset(text)).length, 0);
  });
});
