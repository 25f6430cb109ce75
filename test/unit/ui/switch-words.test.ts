import assert from 'node:assert/strict';
import type { ConnectionFate, Step } from '../../../src/core/redirect';
import type { Workload } from '../../../src/core/model';
import { placeLines, placeText } from '../../../src/ui/place';
import { recoveredTexts } from '../../../src/ui/recovered-text';
import { planPage } from '../../../src/ui/switching/plan-page';
import type { Saved } from '../../../src/ui/switching/saved-states';
import {
  hostStakes,
  planSummary,
  rollBackOutcome,
  rollBackText,
  switchOutcome,
} from '../../../src/ui/switching/words';

const step = (title: string): Step => ({
  title,
  call: { verb: 'bpf/detach', params: { workload: 'c1', hooks: [] } },
  undo: [],
});
const fate = (keeps: boolean, why = 'why'): ConnectionFate => ({
  ends: '10.0.0.5:40112 - 10.0.0.9:80',
  through: 'rules',
  keeps,
  why,
});
const plan = (change: Partial<Parameters<typeof planPage>[1]> = {}) => ({
  ...{ steps: [step('One'), step('Two')], closing: null, connections: [], notices: [] },
  ...change,
});

const WORKLOAD: Workload = {
  id: 'c1',
  inode: 4026532001,
  cookie: '1',
  name: 'web',
  host: false,
  controlPort: null,
  cgroup: '/kubepods/pod1',
  processes: [],
  processCount: 0,
};

describe('the words of a switch', () => {
  it('say what redirects now, and what older connections do', () => {
    assert.equal(
      switchOutcome('web on edge', 'ebpf', { plan: plan({ notices: ['Mind this.'] }), remaining: 2 }),
      'The traffic of web on edge is now redirected by eBPF. 2 older connections keep their way until they close. Mind this.',
    );
    assert.equal(
      switchOutcome('web', 'none', { plan: plan(), remaining: 1 }),
      'The traffic of web is no longer redirected. 1 older connection keeps its way until it closes.',
    );
    const broken = plan({ connections: [fate(true), fate(false, 'nobody knows it')] });
    assert.match(
      switchOutcome('web', 'ebpf', { plan: broken, remaining: 0 }),
      /1 may have broken: nobody knows it\./,
    );
  });

  it('say that nothing had to be done', () => {
    const nothing = { plan: plan({ steps: [] }), remaining: 0 };
    assert.equal(
      switchOutcome('web', 'iptables', nothing),
      'The traffic of web is already redirected by iptables.',
    );
    assert.equal(switchOutcome('web', 'none', nothing), 'The traffic of web is not redirected.');
    assert.match(planSummary(nothing.plan), /nothing would change/);
  });

  it('say before a switch what becomes of open connections', () => {
    assert.match(
      planSummary(plan()),
      /^Nothing was changed yet\. It takes 2 steps\. No connection is open\.$/,
    );
    assert.match(planSummary(plan({ connections: [fate(true)] })), /1 open connection keeps its way\./);
    assert.match(
      planSummary(plan({ connections: [fate(true), fate(true), fate(false, 'a')] })),
      /2 open connections keep their way\. 1 may break: a\./,
    );
    assert.match(planSummary(plan({ connections: [fate(false, 'a')] })), /2 steps\. 1 may break: a\./);
  });

  it('say when it was switched, and where rolling back leads', () => {
    const at = new Date(2026, 4, 7, 14, 3, 11).getTime();
    const state = { mode: 'iptables', verdict: 'iptables', taken: at, rules: [], hooks: null } as const;
    const saved: Saved = { at, to: 'ebpf', state: { ...state, rules: [] } };
    const text = rollBackText(saved, null);
    assert.ok(text.includes(new Date(at).toLocaleString()) && text.includes('from iptables to eBPF'), text);
    assert.match(text, /leads to: iptables/);
    assert.doesNotMatch(text, /has changed/);
    assert.doesNotMatch(rollBackText(saved, 'ebpf'), /has changed/);
    assert.match(rollBackText(saved, 'partial'), /it is partial now/);
    assert.match(
      rollBackOutcome('web', 'none', { plan: plan(), remaining: 0 }),
      /as it was before .*: not redirected\./,
    );
  });

  it('name node, namespace and pod', () => {
    const place = { node: 'edge', label: 'web', workload: WORKLOAD };
    assert.equal(placeText(place), 'web on edge');
    assert.equal(
      placeLines(place),
      'Node: edge\nNamespace: web (net:[4026532001])\nPod: cgroup /kubepods/pod1',
    );
    const processes = [1, 2].map((pid) => ({ pid, uid: 0, comm: 'node' }));
    const bare = { ...WORKLOAD, name: null, cgroup: null, processes, processCount: 2 };
    assert.match(
      placeLines({ ...place, workload: bare }),
      /Namespace: net:\[4026532001\]\nPod: node \(2 processes\)$/,
    );
    const host = { ...place, workload: { ...WORKLOAD, host: true } };
    assert.equal(placeText(host), 'the host edge itself');
    assert.match(placeLines(host), /every pod on the host network/);
  });

  it('say what is at stake for a host, and that its SSH port stays exempt', () => {
    assert.match(
      hostStakes('edge', 2222),
      /Port 2222, .* stays exempt\. Type the node’s name, edge, to go on\./,
    );
    assert.match(hostStakes('edge', null), /The SSH port stays exempt/);
  });
});

describe('the page of a plan', () => {
  const none = () => null;

  it('has the steps, and the connections that may break first', () => {
    const page = planPage('web: Switch to eBPF', plan({ connections: [fate(true), fate(false)] }), none);
    assert.match(page, /1\. One\n2\. Two/);
    const [first = '', second = ''] = page.split('\n').filter((line) => line.startsWith('| 10.0.0.5'));
    assert.match(first, /may\sbreak/);
    assert.match(second, /goes\son/);
  });

  it('shows what comes from a node as text', () => {
    const page = planPage('a | <b>', plan({ notices: ['[x](y)'], connections: [] }), none);
    assert.doesNotMatch(page, /<b>|\[x\]/);
  });

  it('has the command that does a step by hand below it, which nothing in it ends too early', () => {
    const page = planPage('a', plan({}), (call) => `${call.verb}\n~~~~\nmore`);
    assert.match(page, /1\. One\n\n {3}~~~~~sh\n {3}bpf\/detach\n {3}~~~~\n {3}more\n {3}~~~~~\n/);
    assert.match(page, /Where there is none, the agent does it itself/);
    assert.doesNotMatch(planPage('a', plan({ steps: [] }), none), /by hand/);
  });
});

describe('what was recovered', () => {
  const one = { switch: '0', workload: 'c1', title: 'Switch to eBPF', holder: 'alice@laptop', failure: null };
  const labelOf = (id: string) => (id === 'c1' ? 'web' : id);

  it('says what was taken back and for whom, apart from what could not be', () => {
    const texts = recoveredTexts(
      'edge',
      [
        { ...one, outcome: 'reverted' },
        { ...one, outcome: 'undo-failed', failure: 'The lock is held.' },
        { ...one, outcome: 'closed' },
        { ...one, workload: 'c2', outcome: 'gone' },
      ],
      labelOf,
    );
    assert.deepEqual(texts.undone, [
      'On edge, "Switch to eBPF" of web, begun by alice@laptop, was cut off and has been taken back.',
    ]);
    assert.match(texts.failed.join(), /could not be taken back whole: The lock is held\./);
    assert.equal(texts.done.length, 2);
  });
});
