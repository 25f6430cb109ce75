import assert from 'node:assert/strict';
import { PolicySettings } from '../../../src/core/policy';
import { explanationAt, policyFileSchema, suggestionsAt } from '../../../src/core/policy-file';

const schema = policyFileSchema();

/** The text without its marker, and where that was. */
function marked(text: string): [text: string, line: number, column: number] {
  const before = text.slice(0, text.indexOf('|')).split('\n');
  return [text.replace('|', ''), before.length - 1, before.at(-1)?.length ?? 0];
}

const offered = (text: string): string[] =>
  suggestionsAt(...marked(text), schema).map(({ insert }) => insert);
const explained = (text: string): string | undefined => explanationAt(...marked(text), schema)?.text;

describe('what is offered in a YAML policy file', () => {
  it('is each key of the document, or of the policy, that is not there yet', () => {
    assert.deepEqual(offered('|'), ['node: ', 'workload: ', 'policy:', 'annotations:']);
    assert.deepEqual(offered('workload: a\n|\npolicy:\n  outboundPort: 1\n'), ['node: ', 'annotations:']);
    const fields = Object.keys(PolicySettings.shape).filter((field) => field !== 'outboundPort');
    const keys = offered('policy:\n  |\n  outboundPort: 1\n').map((key) => key.replace(/:.*/, ''));
    assert.deepEqual(keys, fields);
    assert.ok(offered('policy:\n  out|').includes('outboundPort: '));
  });

  it('is a value where one is known', () => {
    assert.deepEqual(offered('policy:\n  podIpMode: |'), ['true', 'false']);
    assert.deepEqual(offered('policy:\n  outboundPort: |'), ['15001']);
    assert.deepEqual(offered('policy:\n  outboundPortExclusions: |'), []);
  });

  it('is FSM’s where the document is a MeshConfig, and each document is its own', () => {
    const mesh = 'policy:\n---\nkind: MeshConfig\nspec:\n  ';
    assert.deepEqual(offered(`${mesh}|`), ['traffic:', 'sidecar:']);
    assert.ok(offered(`${mesh}traffic:\n    |`).includes('outboundPortExclusionList:'));
    assert.deepEqual(offered(`${mesh}sidecar:\n    localProxyMode: |`), ['Localhost', 'PodIP']);
    assert.ok(offered('|\n---\nkind: MeshConfig\n').includes('policy:'));
  });

  it('is nothing where nothing is known', () => {
    for (const text of ['other:\n  |', 'policy:\n  controlPorts:\n    - |', 'node: |']) {
      assert.deepEqual(offered(text), [], text);
    }
  });
});

describe('what is explained in a YAML policy file', () => {
  it('is the key under the pointer, with its default', () => {
    assert.match(explained('policy:\n  outbound|Port: 1\n') ?? '', /outbound connections.*15001/);
    assert.match(
      explained('annotations:\n  flomesh.io/outbound-port-ex|clusion-list: "1"\n') ?? '',
      /Outbound ports/,
    );
    for (const text of ['policy:\n  outboundPort: 1|\n', 'oth|er: 1\n', '|\n']) {
      assert.equal(explained(text), undefined, text);
    }
  });
});
