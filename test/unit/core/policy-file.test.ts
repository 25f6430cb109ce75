import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { parsePlace, placeText } from '../../../src/core/policy';
import { meshConfigProblems, readPolicyFile } from '../../../src/core/policy-file';

/** The problems of a file: the text that each is about, and its words. */
function problems(text: string): [string, string][] {
  return readPolicyFile(text, 'a').problems.map(({ range, message, remedy }) => [
    text.slice(range.start, range.end),
    `${message} ${remedy}`,
  ]);
}

function only(text: string): [string, string] {
  const [first, ...rest] = problems(text);
  assert.deepEqual(rest, []);
  return first ?? assert.fail('no problem was found');
}

const RIGHT = `
workload: payment-*
policy:
  outboundPortExclusions: [5432, "8000-8010"]
annotations:
  flomesh.io/outbound-port-exclusion-list: "6379"
---
kind: MeshConfig
spec:
  traffic:
    outboundPortExclusionList: [3306]
`;

describe('a policy file', () => {
  it('holds policies, annotations and a MeshConfig', () => {
    const { sources, problems } = readPolicyFile(RIGHT, 'a.mesh-redirect.yaml');
    assert.deepEqual(problems, []);
    assert.deepEqual(
      sources.map(({ name, rank, selector }) => [name, rank, selector.workload]),
      [
        ['a.mesh-redirect.yaml, document 1', 'file', 'payment-*'],
        ['a.mesh-redirect.yaml, document 1', 'pod', 'payment-*'],
        ['a.mesh-redirect.yaml, document 2', 'mesh', null],
      ],
    );
    assert.ok(sources.every(({ settings }) => settings?.outboundPortExclusions?.length));
  });

  it('may be JSON', () => {
    assert.deepEqual(problems('{ "policy": { "outboundPort": 15001 } }'), []);
    const [place, words] = only('{ "policy": { "controlPorts": [22, 70000] } }');
    assert.equal(place, '70000');
    assert.match(words, /70000 is not a TCP port/);
  });

  it('says nothing when it is empty', () => {
    for (const text of ['', '---\n', '# later\n']) assert.deepEqual(readPolicyFile(text, 'a').sources, []);
  });

  const wrong: [text: string, place: string, words: RegExp][] = [
    ['policy:\n  outboundPort: 70000\n', '70000', /whole number from 1 to 65535/],
    ['policy:\n  outboundPort:\n', 'outboundPort', /null is not a TCP port/],
    ['policy:\n  outboundPorts: 1\n', 'outboundPorts', /no setting of this name/],
    ['policy:\n  controlPorts:\n    - 22\n    - "9-8"\n', '"9-8"', /range of ports/],
    ['policy:\n  outboundPort: 15003\n', '15003', /both 15003/],
    ['policy:\n  outboundPortExclusions:\n    - 1-65535\n', 'outboundPortExclusions', /nothing would/],
    ['outboundPort: 15001\n', 'outboundPort', /Write it under "policy"/],
    ['node: 7\npolicy: {}\n', '7', /not a name/],
    ['workload: a\n', 'workload: a', /neither a policy nor annotations/],
    ['kind: Pod\n', 'Pod', /kind "Pod" is not read/],
    ['[1]\n', '[1]', /not a policy document/],
    [
      'annotations:\n  flomesh.io/outbound-ip-range-exclusion-list: 10.0.0.0/33\n',
      '10.0.0.0/33',
      /from 0 to 32/,
    ],
    ['kind: MeshConfig\nspec: { traffic: { inboundPortExclusionList: [0] } }\n', '0', /not a TCP port/],
    ['policy: {\n', '', /Correct the YAML/],
  ];
  for (const [text, place, words] of wrong) {
    it(`names what is wrong with ${JSON.stringify(text)} at its place`, () => {
      const [found, said] = only(text);
      assert.equal(found.trim(), place);
      assert.match(said, words);
    });
  }

  it('makes no source of what it cannot read, so that nothing is switched by half of a file', () => {
    for (const text of ['policy: {\n', 'policy:\n  outboundPort: 0\n', 'kind: Pod\n']) {
      assert.deepEqual(
        readPolicyFile(text, 'a').sources.map(({ settings }) => settings),
        [null],
      );
    }
  });

  it('survives any text', () => {
    const line = fc.constantFrom(
      'policy:',
      '  outboundPort: 0',
      '- 1',
      '&a [*a]',
      '---',
      'kind: MeshConfig',
      '{',
      '"',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(line).map((lines) => lines.join('\n')),
    );
    fc.assert(
      fc.property(text, (any) => {
        for (const { range, message } of readPolicyFile(any, 'a').problems) {
          assert.ok(range.start >= 0 && range.start <= range.end && range.end <= any.length + 1, message);
        }
        meshConfigProblems(any);
      }),
    );
    const bomb = `a: &a [1]\n${Array.from({ length: 30 }, (_, index) => `b${index}: &b${index} [${`*${index ? `b${index - 1}` : 'a'},`.repeat(9)}]`).join('\n')}\n`;
    assert.match(problems(bomb)[0]?.[1] ?? '', /alias/i);
    assert.equal(problems('['.repeat(20_000)).length > 0, true);
  });

  it('judges only the MeshConfigs of any other YAML', () => {
    const text =
      'policy: 1\n---\nkind: MeshConfig\nspec: { traffic: { outboundPortExclusionList: [70000] } }\n';
    assert.deepEqual(
      meshConfigProblems(text).map(({ range }) => text.slice(range.start, range.end)),
      ['70000'],
    );
  });
});

describe('places', () => {
  it('are read back as they were written', () => {
    const part = fc.oneof(fc.nat(), fc.string());
    fc.assert(
      fc.property(fc.array(part), (place) => {
        assert.deepEqual(parsePlace(placeText(place)), place);
      }),
    );
  });
});
