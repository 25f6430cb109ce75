import { readlink, rm } from 'node:fs/promises';
import { median, type Row, timed } from './measure';
import { connect, withSshNode } from './node';

const ROUNDS = 7;

/** From nothing to an agent that answers, over ssh on loopback: the node without the agent, and with it. */
export function connecting(): Promise<Row[]> {
  return withSshNode(async (node) => {
    const connectOnce = async (): Promise<void> => {
      (await connect(node)).dispose();
    };
    const first: number[] = [];
    const later: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await removeAgent(await connect(node));
      first.push(await timed(connectOnce));
      later.push(await timed(connectOnce));
    }
    return [
      { what: 'connect over ssh, agent to be uploaded', value: median(first), unit: 'ms' },
      { what: 'connect over ssh, agent there', value: median(later), unit: 'ms' },
    ];
  });
}

/** The file that a running agent was started from. A process that runs keeps it until it ends. */
async function removeAgent(connection: { info: { agent: { pid: number } }; dispose(): void }): Promise<void> {
  await rm(await readlink(`/proc/${connection.info.agent.pid}/exe`));
  connection.dispose();
}
