import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { portRangeText, rangeText } from '../../../src/core/net';
import { policyFromMeshConfig } from '../../../src/core/policy';

const document: unknown = parse(`
apiVersion: config.flomesh.io/v1alpha3
kind: MeshConfig
metadata: { name: fsm-mesh-config }
spec:
  sidecar: { localProxyMode: PodIP, logLevel: error }
  traffic:
    enableEgress: true
    outboundIPRangeExclusionList: [10.96.0.0/12]
    outboundIPRangeInclusionList: []
    outboundPortExclusionList: [3306]
    inboundPortExclusionList: [9091, 9092]
    networkInterfaceExclusionList: [eth1]
`);
const annotations = {
  'flomesh.io/outbound-port-exclusion-list': '6379, 7070',
  'flomesh.io/outbound-ip-range-inclusion-list': '10.0.0.0/8',
  'flomesh.io/sidecar-injection': 'enabled',
};

describe('policyFromMeshConfig', () => {
  it('joins the lists of the mesh with those of the pod', () => {
    const { policy, problems } = policyFromMeshConfig(document, annotations);
    assert.deepEqual(problems, []);
    assert.deepEqual(policy?.outboundPortExclusions.map(portRangeText), ['3306', '6379', '7070']);
    assert.deepEqual(policy.inboundPortExclusions.map(portRangeText), ['9091-9092']);
    assert.deepEqual(policy.outboundIpRangeExclusions.map(rangeText), ['10.96.0.0/12']);
    assert.deepEqual(policy.outboundIpRangeInclusions.map(rangeText), ['10.0.0.0/8']);
    assert.deepEqual([policy.interfaceExclusions, policy.podIpMode], [['eth1'], true]);
  });

  it('names what is wrong by its place in the source', () => {
    const wrong = { kind: 'MeshConfig', spec: { traffic: { outboundPortExclusionList: [1, 70000] } } };
    const pod = { 'flomesh.io/outbound-ip-range-exclusion-list': '10.0.0.0/8,10.0.0.0/33' };
    const { policy, problems } = policyFromMeshConfig(wrong, pod);
    assert.equal(policy, null);
    assert.deepEqual(
      problems.map(({ path }) => path),
      [
        'spec.traffic.outboundPortExclusionList[1]',
        'metadata.annotations["flomesh.io/outbound-ip-range-exclusion-list"][1]',
      ],
    );
  });

  it('refuses what is no MeshConfig', () => {
    for (const input of [null, [], 'x', {}, { kind: 'Pod' }, { kind: 'MeshConfig', spec: { traffic: [] } }]) {
      const { policy, problems } = policyFromMeshConfig(input);
      assert.equal(policy, null);
      assert.ok(problems.length > 0 && problems.every(({ remedy }) => remedy !== ''));
    }
  });

  it('takes FSM’s defaults where it says nothing', () => {
    assert.deepEqual(policyFromMeshConfig({ kind: 'MeshConfig' }).policy?.outboundPort, 15001);
  });
});
