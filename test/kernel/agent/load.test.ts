import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { REDIRECT_HOOKS } from '../../../src/core/model';
import { TestAgent, refused, until } from './harness';
import { Pod } from './pod';
import {
  loadParams,
  loadRedirect,
  pinDirectory,
  redirectObject,
  removePins,
  withInvalidInstruction,
} from './redirect-object';

describe('bpf/load', () => {
  let agent: TestAgent;
  let pod: Pod;
  let workload: string;
  beforeEach(async () => {
    pod = await Pod.make('load');
    agent = new TestAgent();
    workload = (await agent.workload(pod.name)).id;
  });
  afterEach(async () => {
    await agent.stop();
    await pod.remove();
    await removePins(workload);
  });

  const attach = (load: string, programs: string[]) =>
    agent.client.request('bpf/attach', { workload, load, programs });

  it('loads the object, fills its maps and attaches nothing', async () => {
    const entries = [{ key: '01000000', value: 'ff'.repeat(8192) }];
    const { map, program } = await loadRedirect(agent, workload, [{ map: 'port_sets', entries }]);
    for (const hook of REDIRECT_HOOKS) assert.ok(program(hook) > 0);
    const page = await agent.client.request('maps/dump', { map: map('port_sets'), cursor: null, limit: 9 });
    assert.equal(page.entries[1]?.value, 'ff'.repeat(8192));
    assert.deepEqual((await agent.client.request('snapshot', { workload })).attachments, []);
    assert.ok(!existsSync(await pinDirectory(workload)));
  });

  it('refuses an object that is not the one named', async () => {
    const params = { ...loadParams(workload, redirectObject()), sha256: '0'.repeat(64) };
    const { data } = await refused(agent.client.request('bpf/load', params), 'object-mismatch');
    assert.equal(data['expected'], '0'.repeat(64));
    assert.equal(data['actual'], loadParams(workload, redirectObject()).sha256);
  });

  it('refuses what is no object', async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('rubbish'), redirectObject().subarray(0, 5000)]) {
      const load = agent.client.request('bpf/load', loadParams(workload, bytes));
      await refused(load, 'bpf-load-failed');
    }
  });

  it('names the program that the verifier refuses, and gives its last words', async () => {
    const { data } = await refused(
      agent.client.request('bpf/load', loadParams(workload, withInvalidInstruction('cgroup/getpeername6'))),
      'bpf-load-failed',
    );
    assert.equal(data['program'], 'getpeername6');
    assert.match(String(data['log']), /opcode/);
  });

  it('refuses entries that do not fit their map', async () => {
    for (const maps of [
      [{ map: 'no_such', entries: [] }],
      [{ map: 'settings', entries: [{ key: '00', value: '00' }] }],
      [{ map: 'settings', entries: [{ key: '0000000', value: '' }] }],
    ]) {
      const params = loadParams(workload, redirectObject(), maps);
      await refused(agent.client.request('bpf/load', params), 'wrong-params');
    }
  });

  it('refuses base64 that is none', async () => {
    const params = { ...loadParams(workload, redirectObject()), object: 'not!base64' };
    await refused(agent.client.request('bpf/load', params), 'wrong-params');
  });

  it('keeps the last four loads of a workload', async () => {
    const loads: string[] = [];
    for (let i = 0; i < 5; i += 1) loads.push((await loadRedirect(agent, workload)).load);
    await refused(attach(loads[0] ?? '', ['connect4']), 'no-such-load');
    assert.equal((await attach(loads[1] ?? '', ['connect4'])).links.length, 1);
  });

  it('takes over maps that exist, with what they hold', async () => {
    const held = [{ key: '01000000', value: 'ff'.repeat(8192) }];
    const first = await loadRedirect(agent, workload, [{ map: 'port_sets', entries: held }]);
    const reuse = ['port_sets', 'origins', 'settings'].map((map) => ({ map, id: first.map(map) }));
    const added = [{ key: '00000000', value: '0f'.repeat(8192) }];
    const { maps } = await agent.client.request('bpf/load', {
      ...loadParams(workload, redirectObject(), [{ map: 'port_sets', entries: added }]),
      reuse,
    });
    const shared = maps.filter(({ name, id }) => id === first.map(name)).map(({ name }) => name);
    assert.deepEqual(shared.sort(), ['origins', 'port_sets', 'settings']);
    const page = await agent.client.request('maps/dump', {
      map: first.map('port_sets'),
      cursor: null,
      limit: 9,
    });
    assert.deepEqual(
      page.entries.map(({ value }) => value),
      [added[0]?.value, held[0]?.value],
    );
  });

  it('takes over no map of another shape', async () => {
    const { map } = await loadRedirect(agent, workload);
    const load = (name: string, id: number) =>
      agent.client.request('bpf/load', {
        ...loadParams(workload, redirectObject()),
        reuse: [{ map: name, id }],
      });
    const { data, message } = await refused(load('origins', map('settings')), 'map-mismatch');
    assert.equal(data['map'], 'origins');
    assert.match(message, /its type is \d+, not \d+/);
    await refused(load('excluded_ranges', map('handover')), 'map-mismatch');
    await refused(load('settings', 0x7fffffff), 'no-such-map');
    await refused(load('no_such', map('settings')), 'wrong-params');
    await refused(load('settings', 0), 'wrong-params');
  });

  it('leaves no program behind that was not attached', async () => {
    const other = new TestAgent();
    try {
      const map = (await loadRedirect(other, workload)).map('settings');
      await agent.client.request('maps/dump', { map, cursor: null, limit: 1 });
      await other.stop();
      await until(async () => {
        const gone = agent.client.request('maps/dump', { map, cursor: null, limit: 1 });
        return gone.then(
          () => undefined,
          () => true,
        );
      });
      await refused(agent.client.request('maps/dump', { map, cursor: null, limit: 1 }), 'no-such-map');
    } finally {
      await other.stop();
    }
  });
});
