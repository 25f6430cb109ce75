import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFile, readFile } from 'node:fs/promises';
import { startSshd, type Sshd } from '../../playground/sshd';
import { KeyRing, sshNode, type Connection, type Node } from '../../src/nodes';
import { loadSshConfig } from '../../src/nodes/ssh/config/file';
import { findRoute } from '../../src/nodes/ssh/route';
import { openSession } from '../../src/nodes/ssh/session';
import { NO_QUESTIONS, OwnAgent, Recorder, settingsFor } from './fixture';
import { LongWay } from './round-trips';

const NETNS = 't-mr-round-trips';

describe('the round trips to a node over ssh', () => {
  let sshd: Sshd;
  let agent: OwnAgent;
  let way: LongWay;
  let node: Node;
  let connection: Connection;
  /** Given when it is asked for: the file is read long before its tests run. */
  const soon = (): AbortSignal => AbortSignal.timeout(60_000);

  before(async () => {
    execFileSync('ip', ['netns', 'add', NETNS]);
    sshd = await startSshd();
    agent = await OwnAgent.create();
    way = await LongWay.to(sshd.port);
    const line = (await readFile(sshd.knownHostsFile, 'utf8')).split('\n')[0] ?? '';
    await appendFile(sshd.knownHostsFile, `${line.replace(`:${sshd.port}`, `:${way.port}`)}\n`);
    node = sshNode(settingsFor(sshd, { port: way.port }), agent.files);
    // The agent is there from now on.
    const near = sshNode(settingsFor(sshd), agent.files);
    const first = await near.connect({ prompts: NO_QUESTIONS, log: new Recorder(), signal: soon() });
    first.dispose();
    await first.agent.closed;
  });
  after(async () => {
    connection.dispose();
    await connection.agent.closed;
    await way.remove();
    await agent.remove();
    await sshd.stop();
    execFileSync('ip', ['netns', 'delete', NETNS]);
  });

  const connect = (): Promise<Connection> =>
    node.connect({ prompts: NO_QUESTIONS, log: new Recorder(), signal: soon() });

  /** What it takes to be signed in, and nothing more. */
  async function signIn(): Promise<number> {
    const settings = settingsFor(sshd, { port: way.port });
    const route = findRoute(await loadSshConfig(settings.configFile), { ...settings, fallbackUser: 'root' });
    const services = { prompts: NO_QUESTIONS, keys: new KeyRing(), warn: () => undefined, signal: soon() };
    way.take();
    const session = await openSession(route, services);
    const count = way.take();
    session.end();
    return count;
  }

  it('are six at the most from being signed in to the tree with its workloads and pods', async () => {
    const signedIn = await signIn();
    way.take();
    connection = await connect();
    // As the tree does, all of it together.
    await Promise.all([
      connection.agent.request('switch/recover', {}),
      connection.agent.request('workloads/list', {}),
      connection.pods(soon()),
    ]);
    const count = way.take() - signedIn;
    assert.ok(count > 0 && count <= 6, `${count} round trips`);
  });

  it('is one for a list, and one for a snapshot', async () => {
    way.take();
    const { workloads } = await connection.agent.request('workloads/list', {});
    assert.equal(way.take(), 1);
    const workload = workloads.find(({ name }) => name === NETNS)?.id ?? '';
    await connection.agent.request('snapshot', { workload });
    assert.equal(way.take(), 1);
  });
});
