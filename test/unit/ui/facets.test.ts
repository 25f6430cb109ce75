import assert from 'node:assert/strict';
import { facetsOf, isFiltering, NO_FILTER, passes, type Faceted } from '../../../src/ui/tree/facets';
import { verdict } from './verdicts';

const pod = { namespace: 'shop', name: 'web', uid: 'u', labels: {}, annotations: {} };
const sidecar = (kind: 'both' | 'none') => ({ kind, text: '' });
const seen = (more: Partial<Faceted>) => facetsOf({ pod: null, observed: null, ...more });

describe('filtering workloads', () => {
  it('knows whose mesh a workload is in', () => {
    assert.equal(seen({}).mesh, 'no mesh');
    assert.equal(seen({ observed: { verdict: verdict('ebpf'), sidecar: sidecar('none') } }).mesh, 'FSM');
    assert.equal(seen({ observed: { verdict: verdict('none'), sidecar: sidecar('both') } }).mesh, 'FSM');
    assert.equal(seen({ observed: { verdict: verdict('none'), sidecar: sidecar('none') } }).mesh, 'no mesh');
    const foreign = { ...verdict('foreign'), foreign: 'Istio (chain ISTIO_INBOUND)' };
    assert.equal(seen({ observed: { verdict: foreign, sidecar: sidecar('none') } }).mesh, 'Istio');
    assert.equal(seen({ pod: { ...pod, labels: { 'fsm-proxy-uuid': '1' } } }).mesh, 'FSM');
  });

  it('asks for one of the values of each facet that is filtered by', () => {
    const facets = seen({ pod, observed: { verdict: verdict('iptables'), sidecar: sidecar('both') } });
    assert.deepEqual(facets, { mesh: 'FSM', namespace: 'shop', verdict: 'iptables' });
    const filter = { ...NO_FILTER, namespace: new Set(['shop', 'bank']) };
    assert.ok(passes(NO_FILTER, facets) && !isFiltering(NO_FILTER));
    assert.ok(passes(filter, facets) && isFiltering(filter));
    assert.ok(passes({ ...filter, verdict: new Set(['iptables']) }, facets));
    assert.ok(!passes({ ...filter, verdict: new Set(['ebpf']) }, facets));
    assert.ok(!passes({ ...filter, mesh: new Set(['Istio']) }, facets));
  });

  it('leaves out what is not known yet, where verdicts are filtered by', () => {
    assert.ok(!passes({ ...NO_FILTER, verdict: new Set(['none']) }, seen({ pod })));
  });
});
