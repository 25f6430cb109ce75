import assert from 'node:assert/strict';
import { parse } from 'yaml';
import {
  effectivePolicy,
  effectivePolicyText,
  parsePolicy,
  readPolicies,
  type PolicySource,
  type Subject,
} from '../../../src/core/policy';
import { readPolicyFile } from '../../../src/core/policy-file';

const subject: Subject = { node: { id: 'ssh:root@10.0.0.1:22', label: 'edge' }, workload: 'payment-1' };

const file = (text: string, name = 'a.mesh-redirect.yaml'): PolicySource[] =>
  readPolicyFile(text, name).sources;
const setting = (...documents: unknown[]): PolicySource[] => readPolicies(documents, 'meshRedirect.policies');

const outboundPort = (sources: PolicySource[]): number | undefined =>
  effectivePolicy(sources, subject).policy?.outboundPort;

describe('the effective policy', () => {
  it('is merged in the order of FSM, wherever the sources come from', () => {
    const mesh = file('kind: MeshConfig\nspec: { sidecar: { localProxyMode: PodIP } }\n');
    const document = file('policy: { outboundPort: 2, podIpMode: false }\n');
    const settings = setting({ policy: { outboundPort: 1, adminPort: 3 } });
    const { policy } = effectivePolicy([...mesh, ...document, ...settings], subject);
    assert.deepEqual([policy?.outboundPort, policy?.adminPort, policy?.podIpMode], [2, 3, true]);
  });

  it('prefers the more precise of equals', () => {
    const sources = setting(
      { workload: 'payment-?', policy: { outboundPort: 3 } },
      { node: 'edge', policy: { outboundPort: 2 } },
      { policy: { outboundPort: 1 } },
    );
    assert.equal(outboundPort(sources), 3);
    assert.equal(outboundPort(sources.slice(1)), 2);
  });

  it('takes only what is said of the workload, by the node’s id or label and the workload’s name', () => {
    const of = (selector: object) => outboundPort(setting({ ...selector, policy: { outboundPort: 9 } }));
    for (const selector of [{}, { node: 'ssh:root@10.*' }, { node: 'edge', workload: '*' }]) {
      assert.equal(of(selector), 9, JSON.stringify(selector));
    }
    for (const selector of [
      { node: 'edg' },
      { workload: 'payment' },
      { workload: 'payment-1+' },
      { node: '.*' },
    ]) {
      assert.equal(of(selector), 15001, JSON.stringify(selector));
    }
  });

  it('understands * and ? in names, however many there are', () => {
    const of = (workload: string) => outboundPort(setting({ workload, policy: { outboundPort: 9 } }));
    for (const name of ['*', 'payment-1', 'pay*-1', '*ment*', 'payment-?', 'p*t-?*', '**pay**1']) {
      assert.equal(of(name), 9, name);
    }
    for (const name of ['?', 'payment-1?', '*-2', 'pay*x*1', `${'*a'.repeat(5000)}b`]) {
      assert.equal(of(name), 15001, name.slice(0, 20));
    }
  });

  it('is none while anything said of the workload is wrong, and is observed by the rest', () => {
    const good = setting({ policy: { outboundPort: 9 } });
    const wrong = file('policy: { inboundPort: 0 }\n');
    const { policy, best, problems } = effectivePolicy([...good, ...wrong], subject);
    assert.equal(policy, null);
    assert.equal(best.outboundPort, 9);
    assert.deepEqual(
      problems.map(({ source, problem }) => [source, problem.path]),
      [['a.mesh-redirect.yaml', 'policy.inboundPort']],
    );
    const elsewhere = file('workload: other\npolicy: { inboundPort: 0 }\n');
    assert.equal(outboundPort([...good, ...elsewhere]), 9);
  });

  it('is none where the sources contradict each other', () => {
    const sources = [...setting({ policy: { outboundPort: 5 } }), ...file('policy: { inboundPort: 5 }\n')];
    const { policy, problems } = effectivePolicy(sources, subject);
    assert.equal(policy, null);
    assert.match(problems[0]?.problem.message ?? '', /both 5/);
  });

  it('is shown as a document that reads back as the same policy, with the source of each value', () => {
    const sources = [
      ...setting({ policy: { outboundPortExclusions: [1, '8-9'], bypassPorts: [] } }),
      ...file('annotations:\n  flomesh.io/outbound-ip-range-exclusion-list: 10.0.0.0/8\n'),
      ...file('policy: { outboundPortExclusions: [7], interfaceExclusions: ["eth+"] }\n'),
    ];
    const effective = effectivePolicy(sources, subject);
    const text = effectivePolicyText(effective, { ...subject, workload: 'a\npolicy: {}' });
    assert.deepEqual(parsePolicy((parse(text) as { policy: unknown }).policy).policy, effective.policy);
    for (const line of [
      '    - "8-9" # meshRedirect.policies',
      '    - 7 # a.mesh-redirect.yaml',
      '    - "10.0.0.0/8" # a.mesh-redirect.yaml',
      '  bypassPorts: []',
      '  inboundPort: 15003 # FSM’s defaults',
    ]) {
      assert.ok(text.split('\n').includes(line), `${line} is not in\n${text}`);
    }
  });

  it('says in its document what is wrong', () => {
    const effective = effectivePolicy(file('policy: { inboundPort: 0 }\n'), subject);
    assert.match(
      effectivePolicyText(effective, subject),
      /^# +a\.mesh-redirect\.yaml: policy\.inboundPort: 0 is/m,
    );
  });
});

describe('a list of policies', () => {
  it('names what is wrong by its index', () => {
    const paths = (input: unknown) =>
      readPolicies(input, 's').flatMap(({ problems }) => problems.map(({ path }) => path));
    assert.deepEqual(paths([{ policy: {} }, { policy: { inboundPort: 0 } }, 7]), [
      '[1].policy.inboundPort',
      '[2]',
    ]);
    assert.deepEqual(paths({}), ['']);
  });
});
