import assert from 'node:assert/strict';
import path from 'node:path';
import { matchPods } from '../../src/core/pods';
import { AgentFiles, sshNode, type Connection } from '../../src/nodes';
import { Fleet } from '../simulated/fleet';
import { NO_QUESTIONS, Recorder } from './fixture';

const AGENTS = path.resolve('dist/agent');
const NODES = 20;
const PODS = 50;
/** The issue's own bound, in milliseconds, many times what it takes. */
const BOUND = 2000;

describe('a thousand workloads over twenty nodes', () => {
  let fleet: Fleet;
  let connections: Connection[];
  before(async () => {
    fleet = await Fleet.start(NODES, PODS, AGENTS);
    const agents = new AgentFiles(AGENTS);
    const log = new Recorder();
    connections = await Promise.all(
      fleet.nodes.map((each) => {
        const host = fleet.address(each);
        const { port, identityFile, knownHostsFile } = fleet;
        const own = { configFile: '/dev/null', agentSocket: '' };
        const node = sshNode({ host, port, user: 'root', identityFile, knownHostsFile, ...own }, agents);
        const { signal } = new AbortController();
        return node.connect({ prompts: NO_QUESTIONS, log, signal });
      }),
    );
  });
  after(async () => {
    for (const connection of connections) connection.dispose();
    await Promise.all(connections.map(({ agent }) => agent.closed));
    await fleet.stop();
  });

  it('take one connection and one agent a node', () => {
    assert.equal(fleet.connections.size, NODES);
    assert.deepEqual(new Set(fleet.connections.values()), new Set([1]));
    assert.deepEqual(new Set(fleet.agents.values()), new Set([1]));
  });

  it('are listed, with the names of their pods, in less than two seconds', async () => {
    const began = performance.now();
    const labels = await Promise.all(
      connections.map(async (connection) => {
        const { workloads } = await connection.agent.request('workloads/list', {});
        return matchPods(workloads, (await connection.pods(new AbortController().signal)) ?? []).size;
      }),
    );
    const milliseconds = performance.now() - began;
    assert.deepEqual(new Set(labels), new Set([PODS]));
    assert.ok(milliseconds < BOUND, `${milliseconds} ms`);
    assert.deepEqual(new Set(fleet.connections.values()), new Set([1]));
  });
});
