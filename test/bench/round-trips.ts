import { Playground } from '../../playground/playground';
import { startSshd } from '../../playground/sshd';
import { sshNode } from '../../src/nodes';
import { switchWorkload } from '../../src/redirect';
import { settingsFor, signIn } from '../nodes/fixture';
import { askForTree, LongWay, settingsOver } from '../nodes/round-trips';
import type { Row } from './measure';
import { AGENTS, connect, requestsOn } from './node';

/** How many round trips over ssh each thing takes, where the agent is there: counted, not timed. */
export async function roundTrips(): Promise<Row[]> {
  const playground = await Playground.start({ prefix: 'bench-trips' });
  const sshd = await startSshd();
  const way = await LongWay.to(sshd.port);
  const settings = await settingsOver(way, sshd);
  const counted = async <T>(work: () => Promise<T>): Promise<[T, number]> => {
    way.take();
    const result = await work();
    return [result, way.take()];
  };
  try {
    (await connect(sshNode(settingsFor(sshd), AGENTS))).dispose();
    const [session, signing] = await counted(() => signIn(settings, new AbortController().signal));
    session.end();
    const far = sshNode(settings, AGENTS);
    const [connection, connecting] = await counted(() => connect(far));
    const { agent } = connection;
    const { client } = playground;
    const [, tree] = await counted(() => askForTree(connection, new AbortController().signal));
    const [, list] = await counted(() => agent.request('workloads/list', {}));
    const [, snapshot] = await counted(() => agent.request('snapshot', { workload: client.workloadId }));
    const request = requestsOn(far, connection);
    const [, switching] = await counted(() => switchWorkload(request(client, 'ebpf')));
    // The last of its own is the confirmation.
    const confirming = way.newest - 1;
    connection.dispose();
    return [
      { what: 'round trips to sign in', value: signing, unit: 'count' },
      { what: 'round trips to have the agent greeted, then', value: connecting - signing, unit: 'count' },
      {
        ...{ what: 'round trips from being signed in to the tree', unit: 'count', limit: 6 },
        value: connecting - signing + tree,
      },
      { what: 'round trips of a list', value: list, unit: 'count', limit: 1 },
      { what: 'round trips of a snapshot', value: snapshot, unit: 'count', limit: 1 },
      { what: 'round trips of a switch, with its connection', value: switching, unit: 'count' },
      { what: 'round trips of a switch, without it', value: switching - confirming, unit: 'count', limit: 3 },
    ];
  } finally {
    await way.remove();
    await sshd.stop();
    await playground.stop();
  }
}
