import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Playground } from '../../playground/playground';
import { startSshd, type Sshd } from '../../playground/sshd';
import { DEFAULT_POLICY } from '../../src/core/policy';
import { sshNode, type Connection, type Node, type SshSettings } from '../../src/nodes';
import { observe, switchWorkload } from '../../src/redirect';
import { NO_QUESTIONS, OwnAgent, Recorder, settingsFor, signIn } from './fixture';
import { askForTree, LongWay, settingsOver } from './round-trips';

const NETNS = 't-mr-round-trips';
const OBJECTS = join(import.meta.dirname, '..', '..', 'bpf', 'prebuilt');

describe('the round trips to a node over ssh', () => {
  let sshd: Sshd;
  let agent: OwnAgent;
  let way: LongWay;
  let settings: SshSettings;
  let node: Node;
  let connection: Connection;
  /** Given when it is asked for: the file is read long before its tests run. */
  const soon = (): AbortSignal => AbortSignal.timeout(60_000);

  before(async () => {
    execFileSync('ip', ['netns', 'add', NETNS]);
    sshd = await startSshd();
    agent = await OwnAgent.create();
    way = await LongWay.to(sshd.port);
    settings = await settingsOver(way, sshd);
    node = sshNode(settings, agent.files);
    // The agent is there from now on.
    await nearby(() => Promise.resolve());
  });
  after(async () => {
    connection.dispose();
    await connection.agent.closed;
    await way.remove();
    await agent.remove();
    await sshd.stop();
    execFileSync('ip', ['netns', 'delete', NETNS]);
  });

  const connect = (to = node): Promise<Connection> =>
    to.connect({ prompts: NO_QUESTIONS, log: new Recorder(), signal: soon() });

  /** Does something over a connection that is not the long way. */
  async function nearby(work: (near: Connection) => Promise<void>): Promise<void> {
    const near = await connect(sshNode(settingsFor(sshd), agent.files));
    try {
      await work(near);
    } finally {
      near.dispose();
      await near.agent.closed;
    }
  }

  it('are six at the most from being signed in to the tree with its workloads and pods', async () => {
    way.take();
    const session = await signIn(settings, soon());
    const signedIn = way.take();
    session.end();
    way.take();
    connection = await connect();
    await askForTree(connection, soon());
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

  it('are three for a switch, beside those of the connection that confirms it', async () => {
    const playground = await Playground.start({ prefix: 't-trips' });
    const { workloadId } = playground.client;
    const request = { workloadId, policy: DEFAULT_POLICY, objectsDirectory: OBJECTS, holder: 'test@here' };
    try {
      // From eBPF there is most to read and to take away.
      await nearby(async (near) => {
        const another = (): Promise<Connection> => connect(sshNode(settingsFor(sshd), agent.files));
        await switchWorkload({ ...request, connection: near, reconnect: another, to: 'ebpf' });
      });
      way.take();
      await switchWorkload({ ...request, connection, reconnect: () => connect(), to: 'iptables' });
      // The last of that connection's own is the confirmation.
      const count = way.take() - (way.newest - 1);
      assert.equal((await observe(connection.agent, workloadId, DEFAULT_POLICY)).verdict.kind, 'iptables');
      assert.ok(count > 0 && count <= 3, `${count} round trips`);
    } finally {
      await playground.stop();
    }
  });
});
