import assert from 'node:assert/strict';
import type { Agent } from '../../../src/nodes/agent/agent';
import { AgentListeners } from '../../../src/nodes/agent/agent-listeners';
import { VERBS, type Verb } from '../../../src/nodes/agent/protocol';
import { ReadOnlyAgent, reads } from '../../../src/nodes/agent/read-only';

/** An agent that remembers what it was asked. */
function recorder() {
  const asked: Verb[] = [];
  const listeners = new AgentListeners();
  let disposed = false;
  const agent: Agent = {
    request: (verb) => {
      asked.push(verb);
      return Promise.resolve({} as never);
    },
    on: (name, listener) => listeners.on(name, listener),
    closed: Promise.resolve('ended'),
    lost: true,
    dispose: () => {
      disposed = true;
    },
  };
  return { agent, asked, listeners, disposed: () => disposed };
}

/** What makes the one request that reads or does more change something. */
const PARAMS = { programs: [], measure: true };

describe('an agent that only reads', () => {
  it('passes on what reads, and refuses whatever else the protocol has before it reaches a node', async () => {
    const { agent, asked } = recorder();
    const careful = new ReadOnlyAgent(agent, 'root@web');
    const verbs = Object.keys(VERBS) as Verb[];
    for (const verb of verbs) {
      const request = careful.request(verb, PARAMS);
      if (reads(verb, PARAMS)) await request;
      else {
        await assert.rejects(request, (error: Error & { kind: string; remedy: string }) => {
          assert.equal(error.kind, 'read-only');
          assert.ok(error.message.includes('root@web') && error.message.includes(verb), error.message);
          assert.match(error.remedy, /readOnly/);
          return true;
        });
      }
    }
    assert.deepEqual(
      asked,
      verbs.filter((verb) => reads(verb, PARAMS)),
    );
    await careful.request('programs/measure', { ...PARAMS, measure: false });
    assert.equal(asked.at(-1), 'programs/measure');
  });

  it('counts no verb as reading that changes rules, programs, maps, files or switches', () => {
    const changing =
      /^(iptables|bpf|acceleration|listeners|conntrack|maps\/update|switch\/(apply|confirm|cancel|recover)|residue\/remove|programs\/measure|trace\/start|connections\/probe)/;
    assert.deepEqual(
      (Object.keys(VERBS) as Verb[]).filter((verb) => changing.test(verb) === reads(verb, PARAMS)),
      [],
    );
  });

  it('is otherwise the agent that it is', async () => {
    const { agent, listeners, disposed } = recorder();
    const careful = new ReadOnlyAgent(agent, 'web');
    const heard: string[] = [];
    careful.on('watch/changed', ({ watch }) => heard.push(watch));
    careful.on('trace/ended', ({ trace }) => heard.push(trace));
    listeners.emit('watch/changed', { watch: 'w' });
    listeners.emit('trace/ended', { trace: 't', reason: 'time' });
    assert.deepEqual(heard, ['w', 't']);
    assert.equal(await careful.closed, 'ended');
    assert.equal(careful.lost, true);
    careful.dispose();
    assert.ok(disposed());
  });
});
